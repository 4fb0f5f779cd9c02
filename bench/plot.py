"""Draws what a query costs over the number of threads, as SVG."""

from xml.sax.saxutils import escape

PANEL_WIDTH, PANEL_HEIGHT, GAP, MARGIN = 300, 200, 56, 44
COLOURS = {"haproxy": "#8a8a8a", "understudy": "#1f6fb4"}


def text(x, y, words, anchor="middle", size=11, colour="#333"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
            f'fill="{colour}">{escape(words)}</text>')  # fmt: skip


def grid(left, top, threads, highest, place):
    parts = []
    for tick in range(0, highest + 1, 10):
        _, y = place(threads[0], tick)
        parts.append(f'<line x1="{left}" x2="{left + PANEL_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" '
                     'stroke="#ddd"/>')  # fmt: skip
        parts.append(text(left - 6, y + 4, str(tick), "end"))
    for count in threads:
        parts.append(text(place(count, 0)[0], top + PANEL_HEIGHT + 16, str(count)))
    return parts


def panel(rows, workload, left, top, highest):
    threads = sorted({key[1] for key in rows if key[0] == workload})

    def place(count, value):
        step = PANEL_WIDTH / max(len(threads) - 1, 1)
        return left + threads.index(count) * step, top + PANEL_HEIGHT * (1 - value / highest)

    parts = [text(left, top - 10, workload, "start", 13)]
    parts += grid(left, top, threads, highest, place)
    for path, colour in COLOURS.items():
        points = [place(count, rows[workload, count, path]["cpu_us"]) for count in threads
                  if (workload, count, path) in rows]  # fmt: skip
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
    return parts


def draw(rows, file):
    """`rows` as report.medians() gives them."""
    workloads = list(dict.fromkeys(key[0] for key in rows))
    costs = [row["cpu_us"] for row in rows.values() if row["cpu_us"] is not None]
    if not costs:
        return
    highest = int(max(costs) / 10 + 1) * 10
    height = MARGIN + (len(workloads) + 1) // 2 * (PANEL_HEIGHT + GAP)
    width = MARGIN + 2 * (PANEL_WIDTH + GAP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
             f'width="{width}" height="{height}" font-family="sans-serif">',
             f'<rect width="{width}" height="{height}" fill="#fff"/>']  # fmt: skip
    for i, (path, colour) in enumerate(COLOURS.items()):
        parts.append(text(width - GAP - 90 * i, 16, path, "end", 12, colour))
    parts.append(text(MARGIN, 16, "CPU µs a query, over client threads", "start", 12))
    for i, workload in enumerate(workloads):
        left = MARGIN + i % 2 * (PANEL_WIDTH + GAP)
        parts += panel(rows, workload, left, MARGIN + i // 2 * (PANEL_HEIGHT + GAP), highest)
    file.write_text("\n".join([*parts, "</svg>"]) + "\n")
