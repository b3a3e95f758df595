"""What the writers of tables of code points share."""


def points():
    return (c for c in range(0x110000) if not 0xD800 <= c < 0xE000)


def ranges(members):
    out = []
    for c in members:
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def table(name, members):
    print(f"static const uint32_t {name}[][2] = {{")
    r = ranges(members)
    for i in range(0, len(r), 6):
        print("\t" + " ".join("{ 0x%x, 0x%x }," % (a, b) for a, b in r[i : i + 6]))
    print("};")
