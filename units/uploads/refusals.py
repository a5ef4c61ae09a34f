"""Why a file is refused, in words that tell what to do next (UX-08)."""

from django.utils.translation import gettext_lazy as _

from zi_portal.errors import Refused

MESSAGES = {
    "name_missing": _("Berkas tidak mempunyai nama. Beri nama berkas, lalu unggah lagi."),
    "name_too_long": _("Nama berkas terlalu panjang: paling banyak %(limit)s huruf. Persingkat namanya."),
    "name_characters": _(
        "Nama berkas memuat karakter tersembunyi atau tidak diizinkan. Ganti namanya dengan huruf biasa."
    ),
    "name_ending": _("Nama berkas diakhiri titik atau spasi. Perbaiki namanya, misalnya laporan.pdf."),
    "name_reserved": _("Nama berkas ini dipakai oleh sistem operasi. Ganti namanya."),
    "name_program": _("Nama berkas memuat akhiran program (.%(ending)s). Hapus akhiran itu dari namanya."),
    "kind": _("Jenis berkas ini tidak diterima. Yang diterima: %(kinds)s."),
    "empty": _("Berkas ini kosong (0 byte). Periksa berkasnya, lalu unggah lagi."),
    "too_large": _("Ukuran berkas melebihi %(limit)s MB. Perkecil berkas atau bagi menjadi beberapa berkas."),
    "content": _("Isi berkas tidak sesuai dengan akhiran .%(ending)s. Simpan ulang dari aplikasi asalnya."),
    "old_office": _("Berkas ini berformat Office lama. Simpan ulang sebagai .docx, .xlsx, atau PDF."),
    "password": _("Berkas ini dilindungi kata sandi atau pembatasan. Unggah versi tanpa perlindungan."),
    "broken": _("Berkas ini rusak dan tidak dapat dibuka. Simpan ulang dari aplikasi asalnya."),
    "hidden_file": _("Di dalam berkas ini terselip berkas atau kode lain. Simpan ulang dari aplikasi asalnya."),
    "timeout": _("Berkas ini terlalu lama diperiksa. Sederhanakan atau bagi menjadi beberapa berkas."),
    "crash": _(
        "Berkas ini terlalu rumit untuk diperiksa dengan aman. Simpan ulang dari aplikasi asalnya atau sebagai PDF."
    ),
    "virus": _("Berkas ini terdeteksi berbahaya oleh pemindai virus. Periksa komputer Anda, lalu unggah berkas lain."),
    "too_many_pages": _("Berkas PDF ini lebih dari %(limit)s halaman. Bagi menjadi beberapa berkas."),
    "pdf_active": _("Berkas PDF ini memuat skrip, perintah, atau isi aktif. Cetak ulang ke PDF, lalu unggah hasilnya."),
    "pdf_attachment": _("Berkas PDF ini memuat lampiran di dalamnya. Unggah lampiran itu sebagai berkas tersendiri."),
    "too_many_pixels": _("Gambar ini lebih dari %(limit)s megapiksel. Perkecil gambarnya."),
    "office_macro": _("Berkas ini memuat makro. Simpan sebagai .docx atau .xlsx tanpa makro."),
    "office_active": _("Berkas ini memuat objek tertanam atau kontrol aktif. Hapus objeknya atau simpan sebagai PDF."),
    "office_link": _(
        "Berkas ini mengambil isi dari luar: tautan data atau templat. Putuskan tautannya atau simpan sebagai PDF."
    ),
    "office_too_big": _("Isi berkas ini terlalu besar setelah dibuka. Kurangi isinya atau simpan sebagai PDF."),
    "office_wrong_kind": _("Isi berkas ini bukan jenis .%(ending)s. Simpan ulang dengan akhiran yang benar."),
}


class UploadRefused(Refused):
    """A file is not accepted; `reason` is a key of MESSAGES, `data` what its sentence names."""

    status = 422

    def __init__(self, reason: str, **data: object) -> None:
        self.reason = reason
        super().__init__(MESSAGES[reason] % data if data else MESSAGES[reason], **data)
