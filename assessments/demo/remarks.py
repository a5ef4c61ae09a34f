"""What the invented people write: remarks of units, notes of TPI, advice of assistance teams, reasons."""

from random import Random

from assessments import scoring

LOWER = (
    "“{evidence}” belum dilampirkan. Lampirkan dokumen yang sudah ditandatangani dan bertanggal.",
    "“{evidence}” masih memakai data tahun sebelumnya. Perbarui dengan data tahun 2024.",
    "Bukti baru mencakup sebagian bidang. Lengkapi “{evidence}” untuk seluruh bidang.",
    "Pelaksanaan belum berkala: bukti hanya ada untuk satu bulan. Tambahkan bukti bulan lainnya.",
    "Notulen belum memuat keputusan dan penanggung jawab. Lengkapi sebelum dinilai ulang.",
    "Hasil wawancara dengan petugas belum sejalan dengan isian. Kriteria yang terpenuhi satu tingkat di bawahnya.",
    "Tindak lanjut belum dapat dibuktikan. Sertakan “{evidence}” beserta hasilnya.",
    "Dokumen sudah ada, tetapi belum disahkan pimpinan. Mohon disahkan dan diunggah kembali.",
    "Foto tidak menunjukkan tanggal dan tempat kegiatan. Sertakan daftar hadir atau laporan singkat.",
    "Tautan yang dilampirkan tidak dapat dibuka saat evaluasi. Unggah “{evidence}” sebagai berkas.",
    "Pengamatan lapangan menunjukkan penerapan belum merata di seluruh loket.",
    "Isi dokumen belum menjawab kriteria. Tambahkan bagian yang menunjukkan pelaksanaannya di unit kerja.",
    "Data pada rekap tidak sama dengan laporan. Samakan keduanya, lalu lampirkan “{evidence}”.",
    "Monitoring sudah dilakukan, tetapi hasilnya belum dipakai untuk perbaikan. Lampirkan rencana perbaikannya.",
)
COUNTED = (
    "Angka dihitung ulang dari “{evidence}”: data sesudah akhir triwulan tidak ikut dihitung.",
    "Jumlah pada isian berbeda dari rekap. Nilai memakai angka rekap; mohon rekap dan isian disamakan.",
    "Sebagian data belum didukung dokumen, sehingga yang dihitung hanya yang terbukti.",
)
HIGHER = (
    "Unit menilai terlalu rendah: bukti menunjukkan kriteria yang lebih tinggi telah terpenuhi.",
    "Bukti pendukung lengkap dan mutakhir, nilai dinaikkan satu tingkat.",
)
BLANK = (
    "Pertanyaan belum diisi dan bukti tidak ditemukan. Isi dan lampirkan “{evidence}”.",
    "Belum ada jawaban. Bila kegiatan memang belum dilaksanakan, pilih jawaban yang sesuai.",
)
INTERNAL = (
    "Catatan internal: konfirmasi lagi kepada Bagian Organisasi sebelum ekspose.",
    "Catatan internal: cocokkan dengan hasil audit tahun berjalan.",
    "Catatan internal: sampel wawancara dua petugas, hasilnya konsisten.",
    "Catatan internal: minta dokumen asli saat kunjungan lapangan.",
)
LEAD = (
    "Sepakat dengan anggota; sertakan tanggal dokumen pada catatan.",
    "Kriteria sudah diperiksa ulang bersama anggota, nilai tetap.",
)
REMARKS = (
    "Dokumen ditetapkan awal tahun dan ditinjau setiap triwulan.",
    "Kegiatan berjalan sesuai rencana kerja; bukti terlampir.",
    "Sedang dalam penyempurnaan, target selesai bulan depan.",
    "Data per akhir triwulan.",
    "Pelaksanaan bersama bidang terkait, notulen terlampir.",
    "Hasil evaluasi triwulan lalu sudah ditindaklanjuti.",
    "Dokumentasi lengkap ada pada sekretariat tim kerja ZI.",
)
ADVICE = (
    "Saran: gabungkan bukti menjadi satu berkas per kegiatan agar mudah ditelusuri.",
    "Saran: tambahkan tanggal dan penanggung jawab pada setiap rencana aksi.",
    "Saran: gunakan data triwulan terakhir sebelum LKE dikirim.",
    "Saran: lampirkan tangkapan layar yang menampilkan tanggal.",
)
REPAIRED = (
    "Sudah diperbaiki sesuai catatan; dokumen yang disahkan telah diunggah.",
    "Catatan ditindaklanjuti: data disamakan dengan rekap terakhir.",
    "Jawaban disesuaikan dengan bukti yang tersedia.",
)
REASONS = {
    "back_to_member": "Mohon periksa kembali catatan pada Area 5 sebelum diteruskan.",
    "back_to_lead": "Mohon pertegas dasar penilaian pada hasil survei.",
    "reopen": "Ditemukan dokumen penting yang belum dinilai; unit diminta melengkapi.",
}


def difference(question: scoring.Question, chance: Random, *, answered: bool, lower: bool) -> str:
    """The note on a score that differs from the unit's answer."""
    texts: tuple[str, ...]
    if not answered:
        texts = BLANK
    elif not lower:
        texts = HIGHER
    else:
        texts = LOWER if question.scale.is_choice else COUNTED
    evidence = chance.choice(question.evidence) if question.evidence else question.text
    return chance.choice(texts).format(evidence=evidence)
