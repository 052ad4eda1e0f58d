"""Rows as a table that can be read."""


def table(columns, rows):
    """The lines of a table with these columns; what a row has not stays empty."""
    lines = [columns, *([cell(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    return ["  ".join(text.ljust(width) if place == 0 else text.rjust(width) for place, (text, width) in enumerate(zip(line, widths, strict=True)))
            for line in lines]


def cell(value):
    """A value in as many digits as say something."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
