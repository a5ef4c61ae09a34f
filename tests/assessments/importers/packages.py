"""Packages with one part changed by hand."""

import zipfile
from io import BytesIO


def rewritten(raw, name, change):
    """The same package with one part changed."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(raw)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            content = source.read(member)
            target.writestr(member.filename, change(content) if member.filename == name else content)
    return out.getvalue()


def stored_text(address, text):
    """Give the formula in a cell this stored value."""

    def change(content):
        head, _, tail = content.partition(f'r="{address}"'.encode())
        before, formula, after = tail.partition(b"</f>")
        _, _, rest = after.partition(b"</c>")
        cell = b' t="str"' + before.replace(b' t="str"', b"") + formula + f"<v>{text}</v></c>".encode()
        return head + f'r="{address}"'.encode() + cell + rest

    return change
