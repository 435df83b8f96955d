# SPDX-License-Identifier: Apache-2.0
"""Markdown as this project writes it, as man(7): headings, paragraphs, fences, lists, tables,
`code`, **bold**. A table of two columns and a list of `WORD`: TEXT become tagged paragraphs."""
import re

LINE = 71  # a page of 80 columns, less its indent
FENCE = re.compile(r"^(```+)\s*(\w*)$")
ITEM = re.compile(r"^(\s*)([-*]|\d+\.)(\s+)(.*)$")
INLINE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\([^)]*\)")


def escape(text, dashes=False):
    """Text for a line of roff; with dashes, each - is one that can be copied."""
    text = text.replace("\\", "\\e")
    for sign, name in (("'", "\\(aq"), ("`", "\\(ga"), ("^", "\\(ha"), ("~", "\\(ti")):
        if dashes or sign != "'":
            text = text.replace(sign, name)
    if dashes:
        return text.replace("-", "\\-")
    return re.sub(r"(?<!\w)--?(?=[A-Za-z])", lambda m: "\\-" * len(m.group()), text)


def bold(text):
    return f"\\fB{escape(text, True)}\\fR"


def words(text):
    """A stretch of prose with its marks."""
    out, at = [], 0
    for m in INLINE.finditer(text):
        out.append(escape(text[at:m.start()]))
        code, strong, link = m.groups()
        out.append(bold(code) if code else f"\\fB{escape(strong)}\\fR" if strong else words(link))
        at = m.end()
    out.append(escape(text[at:]))
    return "".join(out)


def line(text):
    """A line that no macro is made of."""
    return "\\&" + text if text[:1] in (".", "'") else text


def sentences(text):
    """A paragraph, each sentence on its own line, as roff wants them."""
    joined = words(" ".join(text.split()))
    return [line(part) for part in re.split(r"(?<=[a-z)R]\.) (?=[A-Z`\\])", joined)]


def literal(lines, indent=True):
    out = [".RS 4", ".nf"] if indent else [".nf"]
    out += [line(escape(text, True)) or "\\&" for text in lines]
    return out + [".fi"] + ([".RE"] if indent else [])


def tagged(tag, body):
    """A tagged paragraph; tag is roff already, body markdown."""
    return [".TP", line(tag)] + (sentences(body) if body.strip() else ["\\&"])


def cells(text):
    """The cells of a row of a table; \\| is no border, nor is one in `code`."""
    text = re.sub(r"`[^`]*`", lambda m: m.group().replace("|", "\0"), text.strip())
    parts = re.split(r"(?<!\\)\|", text.strip("|"))
    return [p.strip().replace("\\|", "|").replace("\0", "|") for p in parts]


def table(rows):
    head, body = rows[0], rows[2:]
    if len(head) == 2:
        out = []
        for row in body:
            out += tagged(words(row[0]), row[1] if len(row) > 1 else "")
        return out
    plain = [[re.sub(r"[`*]", "", c) for c in column] for column in zip(*[head] + body)]
    most = [max(map(len, column)) for column in plain]
    widths = [max((len(w) for c in column for w in c.split()), default=1) for column in plain]
    spare = LINE - 3 * (len(head) - 1) - sum(widths)  # goes to those that need it
    wanted = sum(most) - sum(widths)
    if wanted > 0 and spare > 0:
        widths = [w + min(spare, wanted) * (m - w) // wanted for m, w in zip(most, widths)]
    inline = [m <= w for m, w in zip(most, widths)]
    out = [".PP", ".TS", " ".join("l" if i else f"lw({w}n)" for i, w in zip(inline, widths)) + "."]
    for row in ([head] if any(head) else []) + body:
        row = (row + [""] * len(head))[:len(head)]
        out.append("\t".join(
            line(words(c)) if i else "T{\n" + "\n".join(sentences(c) or ["\\&"]) + "\nT}"
            for i, c in zip(inline, row)))
    return out + [".TE"]


def dedent(lines):
    n = min((len(t) - len(t.lstrip()) for t in lines if t.strip()), default=0)
    return [t[n:] for t in lines]


def take_item(lines, i):
    """The lines of the list's item that begins at i, without its mark; and where it ends."""
    m = ITEM.match(lines[i])
    inner, at = [m.group(4)], len(m.group(1)) + len(m.group(2)) + len(m.group(3))
    i += 1
    while i < len(lines):
        text = lines[i]
        if not text.strip():
            following = next((t for t in lines[i:] if t.strip()), "")
            if len(following) - len(following.lstrip()) < at:
                break
        elif len(text) - len(text.lstrip()) < min(at, 2) or \
                (ITEM.match(text) and len(text) - len(text.lstrip()) < at):
            break
        inner.append(text[min(at, len(text) - len(text.lstrip())):])
        i += 1
    return inner, i


def item(mark, inner):
    m = re.match(r"^`([^`]+)`(?:,? `([^`]+)`)*: ", inner[0])
    if m and not mark[0].isdigit():
        tags = ", ".join(bold(t) for t in re.findall(r"`([^`]+)`", m.group()))
        inner = [inner[0][m.end():]] + inner[1:]
        out = [".TP", tags]
    else:
        out = [".IP \\(bu 3" if not mark[0].isdigit() else f".IP {mark} 4"]
    body = blocks(inner)
    if body and body[0] == ".PP":
        body = body[1:]
    for k, text in enumerate(body):  # what follows the first paragraph stands below it
        if k and text.split(" ")[0] in (".PP", ".RS", ".TP", ".IP"):
            return out + body[:k] + [".RS"] + body[k:] + [".RE"]
    return out + body


def blocks(lines):
    """Markdown without headings."""
    out, i = [], 0
    while i < len(lines):
        text = lines[i]
        fence = FENCE.match(text.strip())
        if not text.strip():
            i += 1
        elif fence:
            end = next((k for k in range(i + 1, len(lines))
                        if lines[k].strip() == fence.group(1)), len(lines))
            out += [".PP"] + literal(dedent(lines[i + 1:end]))
            i = end + 1
        elif text.startswith("    "):
            end = i
            while end < len(lines) and (not lines[end].strip() or lines[end].startswith("    ")):
                end += 1
            code = lines[i:end]
            while not code[-1].strip():
                code.pop()
            out += [".PP"] + literal([t[4:] for t in code])
            i = end
        elif text.startswith("|"):
            end = i
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            out += table([cells(t) for t in lines[i:end]])
            i = end
        elif ITEM.match(text):
            mark = ITEM.match(text).group(2)
            inner, i = take_item(lines, i)
            out += item(mark, inner)
        else:
            end = i
            while end < len(lines) and lines[end].strip() and not FENCE.match(lines[end].strip()) \
                    and not (end > i and (ITEM.match(lines[end]) or lines[end].startswith("|"))):
                end += 1
            out += [".PP"] + sentences(" ".join(lines[i:end]))
            i = end
    return out


def split(text):
    """[(level, heading, lines)]; what stands before the first heading has level 0."""
    parts, fence = [(0, "", [])], None
    for text_line in text.split("\n"):
        mark = FENCE.match(text_line.strip())
        if mark:
            fence = None if fence == mark.group(1) else fence or mark.group(1)
        m = None if fence or mark else re.match(r"^(#+) (.*)$", text_line)
        if m:
            parts.append((len(m.group(1)), m.group(2), []))
        else:
            parts[-1][2].append(text_line)
    return parts
