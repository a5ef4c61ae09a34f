"""Administrator: agencies, units, people, teams, years. Periods and instruments: assessments/urls_manage.py."""

from django.urls import path

from units.views import manage_agencies, manage_log, manage_people, manage_teams, manage_years

urlpatterns = [
    path("<slug:agency>/instansi/", manage_agencies.agency_settings, name="manage_agency"),
    path("<slug:agency>/penanda-tangan-baru/", manage_agencies.signatory_new, name="manage_signatory_new"),
    path("<slug:agency>/penanda-tangan/<int:pk>/", manage_agencies.signatory, name="manage_signatory"),
    path("<slug:agency>/unit/", manage_agencies.units, name="manage_units"),
    path("<slug:agency>/unit-baru/", manage_agencies.unit_new, name="manage_unit_new"),
    path("<slug:agency>/unit/<slug:unit>/", manage_agencies.unit, name="manage_unit"),
    path("<slug:agency>/unit/<slug:unit>/ubah/", manage_agencies.unit_edit, name="manage_unit_edit"),
    path("<slug:agency>/unit/<slug:unit>/tahun/<int:year>/", manage_years.unit_year, name="manage_unit_year"),
    path("<slug:agency>/unit/<slug:unit>/pencanangan/", manage_years.declaration, name="manage_declaration"),
    path(
        "<slug:agency>/unit/<slug:unit>/pencanangan/berkas/",
        manage_years.declaration_file,
        name="manage_declaration_file",
    ),
    path("<slug:agency>/unit/<slug:unit>/predikat-baru/", manage_years.predikat_new, name="manage_predikat_new"),
    path("<slug:agency>/predikat/<int:pk>/", manage_years.predikat, name="manage_predikat"),
    path("<slug:agency>/predikat/<int:pk>/hapus/", manage_years.predikat_remove, name="manage_predikat_remove"),
    path("<slug:agency>/tahun/", manage_years.years, name="manage_years"),
    path("<slug:agency>/tahun/<int:year>/", manage_years.year, name="manage_year"),
    path("<slug:agency>/orang/", manage_people.people, name="manage_people"),
    path("<slug:agency>/orang-baru/", manage_people.person_new, name="manage_person_new"),
    path("<slug:agency>/orang/<int:pk>/", manage_people.person, name="manage_person"),
    path("<slug:agency>/orang/<int:pk>/ubah/", manage_people.person_edit, name="manage_person_edit"),
    path("<slug:agency>/orang/<int:pk>/undang/", manage_people.person_invite, name="manage_person_invite"),
    path("<slug:agency>/orang/<int:pk>/nonaktifkan/", manage_people.person_close, name="manage_person_close"),
    path("<slug:agency>/orang/<int:pk>/aktifkan/", manage_people.person_open, name="manage_person_open"),
    path("<slug:agency>/orang/<int:pk>/peran-baru/", manage_people.role_new, name="manage_role_new"),
    path("<slug:agency>/peran/<int:pk>/akhiri/", manage_people.role_end, name="manage_role_end"),
    path("<slug:agency>/tim/", manage_teams.teams, name="manage_teams"),
    path("<slug:agency>/tim-baru/", manage_teams.team_new, name="manage_team_new"),
    path("<slug:agency>/tim/<int:pk>/", manage_teams.team, name="manage_team"),
    path("<slug:agency>/tim/<int:pk>/ubah/", manage_teams.team_edit, name="manage_team_edit"),
    path("<slug:agency>/tim/<int:pk>/unit/", manage_teams.team_units, name="manage_team_units"),
    path("<slug:agency>/tim/<int:pk>/anggota-baru/", manage_teams.team_member_new, name="manage_team_member_new"),
    path("<slug:agency>/tim/<int:pk>/orang-baru/", manage_teams.team_person_new, name="manage_team_person_new"),
    path("<slug:agency>/anggota/<int:pk>/akhiri/", manage_teams.team_member_end, name="manage_team_member_end"),
    path("<slug:agency>/sk/", manage_teams.decrees, name="manage_decrees"),
    path("<slug:agency>/sk-baru/", manage_teams.decree_new, name="manage_decree_new"),
    path("<slug:agency>/sk/<int:pk>/", manage_teams.decree, name="manage_decree"),
    path("<slug:agency>/sk/<int:pk>/berkas/", manage_teams.decree_file, name="manage_decree_file"),
    path("<slug:agency>/jejak/", manage_log.log, name="manage_log"),
]
