"""The demo accounts that the log-in page introduces; everybody else of the demo is only a name in a list."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """Who somebody is in the demo: the part that they play, the unit of a unit's part, and what to try as them."""

    agency: str
    part: str
    username: str
    note: str
    unit: str = ""


ACCOUNTS = (
    Account(
        "kalteng",
        "operator",
        "operator.samsat-sampit",
        "Operator UPT-PPD Samsat Sampit: mengisi LKE TW IV dan mengunggah bukti",
        "samsat-sampit",
    ),
    Account(
        "kalteng",
        "head",
        "kepala.samsat-sampit",
        "Kepala UPT-PPD Samsat Sampit: memeriksa dan mengirim LKE",
        "samsat-sampit",
    ),
    Account(
        "kalteng",
        "operator",
        "operator.labkes",
        "Operator UPT Laboratorium Kesehatan: memperbaiki LKE TW IV yang dikembalikan",
        "labkes-kalibrasi",
    ),
    Account(
        "kalteng",
        "head",
        "kepala.labkes",
        "Kepala UPT Laboratorium Kesehatan: mengirim ulang LKE TW IV",
        "labkes-kalibrasi",
    ),
    Account("kalteng", "member", "anggota.kalteng", "Anggota TPI Kalimantan Tengah: menilai dan memberi catatan"),
    Account("kalteng", "lead", "ketua.kalteng", "Ketua tim TPI Kalimantan Tengah: mereviu nilai anggota"),
    Account("kalteng", "controller", "pengendali.kalteng", "Pengendali teknis TPI Kalimantan Tengah: final/kembalikan"),
    Account("kalteng", "inspector", "inspektur.kalteng", "Inspektur Kalimantan Tengah: papan pantau, LHE, laporan"),
    Account("kalteng", "reader", "pembaca.kalteng", "Bagian Organisasi Kalimantan Tengah: membaca hasil yang final"),
    Account("kalteng", "admin", "admin.kalteng", "Administrator Kalimantan Tengah: orang, unit, tim, periode"),
    Account("kobar", "operator", "operator.kobar", "Operator Disdukcapil Kotawaringin Barat", "disdukcapil"),
    Account("kobar", "assistant", "asisten.kobar", "Tim asistensi I Kotawaringin Barat: membaca dan memberi saran"),
    Account("kobar", "inspector", "inspektur.kobar", "Inspektur Kotawaringin Barat"),
    Account("kalsel", "operator", "operator.kalsel", "Operator Unit Contoh 1 Kalimantan Selatan", "unit-contoh-1"),
    Account("kalsel", "member", "anggota.kalsel", "Anggota TPI Kalimantan Selatan: menilai berpasangan, tertutup"),
    Account("kalsel", "lead", "ketua.kalsel", "Ketua tim TPI Kalimantan Selatan: menetapkan nilai yang berbeda"),
    Account("kalsel", "inspector", "inspektur.kalsel", "Inspektur Kalimantan Selatan: 25 dari 253 unit"),
    Account("bojonegoro", "operator", "operator.bojonegoro", "Operator DPMPTSP Bojonegoro", "dpmptsp"),
    Account("bojonegoro", "inspector", "inspektur.bojonegoro", "Inspektur Bojonegoro"),
    Account("kediri", "operator", "operator.kediri", "Operator Disperdagin Kediri", "disperdagin"),
    Account("kediri", "inspector", "inspektur.kediri", "Inspektur Kota Kediri"),
)


def account_for(agency: str, part: str, unit: str = "") -> Account | None:
    """The introduced account of a part, if there is one."""
    wanted = (agency, part, unit)
    return next((item for item in ACCOUNTS if (item.agency, item.part, item.unit) == wanted), None)
