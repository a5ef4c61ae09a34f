"""Answers that stood before histories were kept get their present text as the first entry."""

from itertools import islice

from django.db import migrations

BATCH = 2000


def begin(apps, schema_editor):
    Answer = apps.get_model("assessments", "Answer")
    AnswerRevision = apps.get_model("assessments", "AnswerRevision")
    known = AnswerRevision.objects.filter(answer__isnull=False).values("answer")
    rows = (
        AnswerRevision(
            answer_id=answer.pk,
            version=answer.version,
            choice=answer.choice,
            inputs=answer.inputs,
            note=answer.note,
            round=answer.round,
            by_id=answer.updated_by_id,
            at=answer.updated_at,
        )
        for answer in Answer.objects.exclude(pk__in=known).order_by("pk").iterator(BATCH)
    )
    while batch := list(islice(rows, BATCH)):
        AnswerRevision.objects.bulk_create(batch)


class Migration(migrations.Migration):

    dependencies = [
        ("assessments", "0002_histories_duties_library"),
    ]

    # Back: the table itself goes with 0002; what it holds cannot be told from later saves.
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
