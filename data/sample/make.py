#!/usr/bin/env python3
"""Writes the sample data set: books, readers, their ratings and reviews, all invented.

    data/sample/make.py [DIRECTORY]     writes into DIRECTORY (default: beside this script)
    data/sample/make.py --check         exit status 1 unless the files beside this script are what it writes

What is hidden in the data, so that a recommender has something to find:
  taste     a reader likes two or three of twelve themes and avoids one or two; a book mixes up to three themes, and its
            title and description are made of the words of its themes, a reader's profile of the words of theirs
  quality   a book has a quality of its own that its text does not tell; a reader is generous or strict
  drift     half of the readers move, over the two years, from their first tastes to others: old ratings grow stale
  arrival   four books in ten and four readers in ten appear later; a new book is read most in its first weeks
  choice    readers pick popular books and books they will like: what is missing is not missing at random
  noise     of standard deviation 0.55 stars, before rounding to whole stars

ratings.csv holds the events up to the cut, feedback.csv those after it, as a shop would see them: what is known today,
and what comes in next. Both are raw on purpose; README.md lists the dirt, and FAULTS below makes it.

Only random.random() of a fixed seed is used, which Python promises never to change: the same bytes everywhere."""
import csv
import io
import math
import os
import random
import sys

SEED, N_ITEMS, N_USERS, N_EVENTS = 20240229, 400, 600, 20000
T0, T1, CUT = 1672531200, 1735689600, 0.85  # 2023-01-01, 2025-01-01 (seconds, UTC), and the part that is known today
RATING_NOISE, TASTE, QUALITY, GENEROSITY = 0.55, 1.7, 0.3, 0.3

# theme: (label; people; things; places; adjectives)
THEMES = {
    "sea": ("Sea stories", "a sailor|a lighthouse keeper|a fisherwoman|a pilot of whalers|a ship's cook|an oyster diver",
            "storms|sails|tides|shipwrecks|anchors|whales|harbours|lanterns|ropes|islands|currents|nets",
            "a drowned port|the outer islands|a lighthouse|the northern sea", "salt-worn|windward|drifting|tidal|briny"),
    "space": ("Space", "an astronaut|an orbital engineer|a comet miner|a star cartographer|a colonist",
              "rockets|orbits|planets|comets|airlocks|satellites|galaxies|starships|moons|asteroids|gravity wells|telescopes",
              "a dying station|the moons of Saturn|a generation ship|the far orbit", "weightless|orbital|interstellar|lunar|airless"),
    "crime": ("Crime", "a detective|a night-shift inspector|a forger|a retired burglar|a coroner",
              "murders|alibis|fingerprints|suspects|clues|burglaries|confessions|witnesses|motives|informers|poisons|ransoms",
              "a locked room|the harbour precinct|a country house|the evidence store", "unsolved|cold-blooded|sinister|guilty|hard-boiled"),
    "love": ("Romance", "a florist|a shy librarian|a wedding planner|two neighbours|a widowed baker",
             "kisses|love letters|weddings|proposals|heartbreaks|flirtations|sweethearts|honeymoons|bouquets|vows|embraces|longing",
             "a summer wedding|a seaside hotel|a rose garden|the flat next door", "tender|heartfelt|swooning|romantic|lovesick"),
    "magic": ("Fantasy", "a young wizard|a dragon rider|an exiled witch|a rune smith|an elven thief",
              "spells|dragons|wizards|enchantments|potions|runes|curses|prophecies|wands|familiars|goblins|talismans",
              "a school of sorcery|the enchanted wood|a dragon's hoard|the kingdom of ash", "enchanted|spellbound|arcane|cursed|sorcerous"),
    "war": ("War", "a field medic|a young lieutenant|a deserter|a tank driver|a codebreaker",
            "trenches|battles|regiments|soldiers|artillery|sieges|bombardments|uniforms|ceasefires|rifles|bunkers|medals",
            "the eastern front|a besieged city|a field hospital|no man's land", "embattled|bombed-out|wounded|besieged|victorious"),
    "food": ("Food and cooking", "a pastry chef|a truffle hunter|a restaurant critic|a noodle seller|a cheesemaker",
             "recipes|kitchens|spices|ovens|dumplings|sauces|banquets|truffles|loaves|flavours|menus|orchards",
             "a tiny bistro|the spice market|a village bakery|a kitchen in Lyon", "buttery|fragrant|simmering|spiced|sweet-toothed"),
    "peaks": ("Mountains and wilderness", "an alpinist|a mountain guide|a park ranger|a trapper|a lone hiker",
              "glaciers|summits|avalanches|crevasses|trails|blizzards|campfires|ridges|wolves|snowshoes|forests|base camps",
              "the north face|a mountain hut|the high pass|a frozen valley", "snowbound|alpine|rugged|untrodden|frostbitten"),
    "music": ("Music", "a cellist|a jazz pianist|a choir master|a street fiddler|a failed rock star",
              "symphonies|violins|rehearsals|concerts|melodies|choirs|pianos|ballads|drummers|encores|harmonies|records",
              "the opera house|a basement jazz club|a conservatory|the last tour bus", "melodic|off-key|orchestral|syncopated|lyrical"),
    "machines": ("Robots and inventions", "a robot nurse|a clockmaker|a programmer|an inventor|a factory android",
                 "robots|engines|algorithms|gears|circuits|androids|computers|automata|inventions|factories|sensors|codes",
                 "a clockwork city|the server halls|a robot repair shop|the last factory", "clockwork|electric|mechanical|self-aware|rusting"),
    "family": ("Family sagas", "three sisters|a grandmother|an estranged father|twin brothers|an adopted daughter",
               "inheritances|cousins|reunions|secrets|quarrels|childhoods|grandparents|funerals|births|siblings|farmhouses|photographs",
               "the old farmhouse|a crowded flat|the family table|a house by the mill", "estranged|inherited|motherly|generational|homesick"),
    "past": ("History", "a court painter|a Roman scribe|a plague doctor|a queen's spy|a medieval mason",
             "empires|cathedrals|queens|manuscripts|crusades|plagues|thrones|courtiers|chronicles|guilds|legions|coronations",
             "imperial Rome|the court of Burgundy|a walled abbey|medieval Prague", "medieval|imperial|royal|ancient|courtly"),
}
FIRST = "ada ben clara dmitri elena felix greta hugo ines jonas kira leo mara nils olga pavel rosa sven tessa umar vera wim yara zoe amir bea carl dora emil fay"
LAST = "adler berg castell dahl ekman falk grau holt ivers jung kern lind moreau novak olsen pohl quist rask stern thorn urban vogt weiss young zeller"
SENTENCES = (
    "When {person} finds {thing} in {place}, {thing} and {thing} are only the beginning.",
    "A {adj} story of {thing}, {thing} and {thing}.",
    "Set in {place}, it follows {person} through {thing} and {thing}.",
    "In {place}, {person} must choose between {thing} and {thing}.",
    "{Person} knows everything about {thing}, and nothing about {thing}.",
    "\"{Thing}, {thing} and one {adj} night\": {person} tells how it was.",
)
COMMON = (
    "Winner of the Harrow prize.", "A debut.", "Translated from the Danish.", "With maps and an index.", "First of three volumes.",
    "For long winter evenings.", "Based on letters found in an attic.", "Now in a revised edition.", "A book to give away & to keep.",
    "Abridged for the small press.", "Told in one breath.", "Her best book so far.", "Shortlisted twice.", "",  "", "",
)
PROFILES = (
    "Reads about {like}, {like} and {like}.", "Never without a book on {like}, {like} or {like}.", "Give me {like} and {like} any day.",
    "Collects stories of {like} and {like}; grew up with {like}.", "Here for the {like} and the {like}, stays for the {like}.",
    "It started with {like}; then came {like} and {like}.",
)
AVOIDS = ("No {dislike}, please.", "Tired of {dislike} and {dislike}.", "Cannot stand {dislike}.", "")
JOBS = "teacher nurse student engineer retired driver gardener clerk carpenter librarian cook programmer".split()
VERDICTS = {
    1: ("Gave up after thirty pages.", "Not for me at all.", "Dreadful.", "I want my evening back."),
    2: ("Rather dull.", "Expected more.", "Slow, and then slower.", "Only just finished it."),
    3: ("Fine.", "Some good pages.", "Neither here nor there.", "Pleasant enough."),
    4: ("Really good.", "Enjoyed it.", "Well told.", "Would read more of this."),
    5: ("Could not put it down.", "Wonderful.", "My book of the year.", "Read it twice already."),
}
MENTIONS = {
    1: ("Far too many {thing}.", "If only there were no {thing}."), 2: ("The {thing} bored me.", "Too much about {thing}."),
    3: ("The {thing} are all right.", ""), 4: ("Good on {thing}.", "The {thing} feel real."),
    5: ("The {thing}!", "Nobody writes {thing} like this.", "More {thing} please."),
}

rng = random.Random(SEED)


def pick(options):
    return options[int(rng.random() * len(options))]


def normal():
    return math.sqrt(-2 * math.log(1 - rng.random())) * math.cos(2 * math.pi * rng.random())


def weighted(weights, total):
    x = rng.random() * total
    for i, w in enumerate(weights):
        x -= w
        if x < 0:
            return i
    return len(weights) - 1


def words(theme):
    label, people, things, places, adjectives = THEMES[theme]
    return label, people.split("|"), things.split("|"), places.split("|"), adjectives.split("|")


def fill(sentence, themes):
    """Each {slot} by a word of the first theme, or now and then of another."""
    while "{" in sentence:
        start, end = sentence.index("{"), sentence.index("}")
        slot = sentence[start + 1:end]
        _, people, things, places, adjectives = words(themes[0] if rng.random() < 0.75 else pick(themes))
        word = pick({"person": people, "place": places, "adj": adjectives}.get(slot.lower(), things))
        if word in sentence or word[0].upper() + word[1:] in sentence:
            continue
        sentence = sentence[:start] + (word[0].upper() + word[1:] if slot[0].isupper() else word) + sentence[end + 1:]
    return sentence


def make_title(theme):
    _, _, things, _, adjectives = words(theme)
    things = [t for t in things if " " not in t]
    a = pick(things)
    b = pick([t for t in things if t != a]).capitalize()
    a = a.capitalize()
    return pick((f"The {pick(adjectives).capitalize()} {a}", f"{a} and {b}", f"A Book of {a}", f"{a} at Midnight", f"The Last {a}",
                 f"{pick(adjectives).capitalize()} {a}", f"Of {a} and {b}", f"{a} without End", f"Seven {a}"))


def make_items():
    items, used = [], set()
    while len(items) < N_ITEMS:
        names = list(THEMES)
        themes = [pick(names)]
        while len(themes) < 3 and rng.random() < 0.45:
            other = pick(names)
            if other not in themes:
                themes.append(other)
        title = make_title(themes[0])
        slug = title.lower().replace(" ", "-")
        if slug in used:
            continue
        used.add(slug)
        description = [fill(pick(SENTENCES), themes), fill(pick(SENTENCES), themes)]
        description += [fill(pick(SENTENCES), [t]) for t in themes[1:]] + [pick(COMMON)]
        mix = [1.0, 0.6, 0.4][:len(themes)]
        n = len(items)
        items.append({
            "id": slug, "title": title, "themes": {t: w / math.sqrt(sum(x * x for x in mix)) for t, w in zip(themes, mix)},
            "genre": words(themes[0])[0] if rng.random() < 0.9 else "", "year": 1960 + int(63 * math.sqrt(rng.random())),
            "description": " ".join(s for s in description if s), "quality": QUALITY * normal(),
            "popularity": 1 / (1 + n % 280) ** 0.7, "release": 0.0 if rng.random() < 0.6 else 0.97 * rng.random() ** 0.7,
        })
        if items[n]["release"] > 0:
            items[n]["year"] = 2023 if items[n]["release"] < 0.5 else 2024
    return items


def make_taste():
    names = list(THEMES)
    taste = {t: 0.2 * normal() for t in names}
    likes, dislikes = [], []
    while len(likes) < 2 + (rng.random() < 0.5):
        t = pick(names)
        if t not in likes:
            likes.append(t)
    while len(dislikes) < 1 + (rng.random() < 0.5):
        t = pick(names)
        if t not in likes and t not in dislikes:
            dislikes.append(t)
    for t in likes:
        taste[t] = 0.8 + 0.3 * rng.random()
    for t in dislikes:
        taste[t] = -0.8 - 0.3 * rng.random()
    return taste, likes, dislikes


def profile(likes, dislikes):
    text = pick(PROFILES) + " " + pick(PROFILES) + " " + pick(AVOIDS)
    while "{" in text:
        start, end = text.index("{"), text.index("}")
        theme = pick(likes if text[start + 1:end] == "like" else dislikes)
        word = pick(words(theme)[2])
        if word not in text:
            text = text[:start] + word + text[end + 1:]
    return text.strip()


def make_users():
    users, used = [], set()
    while len(users) < N_USERS:
        name = pick(FIRST.split()) + "." + pick(LAST.split())
        if name in used:
            continue
        used.add(name)
        taste, likes, dislikes = make_taste()
        later = make_taste()[0] if rng.random() < 0.5 else taste
        start = rng.random() * 0.1 if rng.random() < 0.6 else 0.1 + rng.random() * 0.87
        users.append({
            "id": name, "age": 16 + int(60 * rng.random() ** 1.5), "job": pick(JOBS), "profile": profile(likes, dislikes),
            "taste": taste, "later": later, "start": start, "bias": GENEROSITY * normal(),
            "activity": math.exp(0.7 * normal()) * (1.0 if start < 0.1 else 0.75),
        })
    return users


def affinity(user, item, t):
    """Between -1.5 and 1.5 or so: the taste of the day for the book's themes."""
    moved = 0.7 * t
    return sum(w * ((1 - moved) * user["taste"][name] + moved * user["later"][name]) for name, w in item["themes"].items())


def review(item, rating):
    if rng.random() < 0.35:
        return ""
    theme = pick(list(item["themes"]))
    parts = [pick(VERDICTS[rating]), fill(pick(MENTIONS[rating]), [theme]) if rng.random() < 0.6 else ""]
    return " ".join(p for p in parts if p)


def make_events(users, items):
    """(time, user, item, rating, review) in time order; nobody rates a book twice here."""
    total = sum(u["activity"] for u in users)
    events = []
    for u in users:
        n = max(3, round(u["activity"] / total * N_EVENTS))
        read = set()
        for t in sorted(u["start"] + (1 - u["start"]) * rng.random() for _ in range(n)):
            weights = [
                0.0 if i["id"] in read or i["release"] > t else
                i["popularity"] * math.exp(0.9 * affinity(u, i, t)) * (1 + 3 * math.exp((i["release"] - t) / 0.05) * (i["release"] > 0))
                for i in items
            ]
            item = items[weighted(weights, sum(weights))]
            read.add(item["id"])
            stars = 3.1 + u["bias"] + item["quality"] + TASTE * affinity(u, item, t) + RATING_NOISE * normal()
            rating = min(5, max(1, math.floor(stars + 0.5)))
            events.append((T0 + int(t * (T1 - T0)), u["id"], item["id"], str(rating), review(item, rating)))
    return sorted(events)


def add_faults(rows, items, n_bad):
    """The dirt that published data has: see README.md. Rows stay in time order, the bad ones among them."""
    out = []
    for row in rows:
        time, user, item, rating, text = row
        out.append([user, item, rating, str(time), text])
        x = rng.random()
        if x < 0.003:
            out.append(list(out[-1]))  # an exact duplicate
        elif x < 0.006:
            out.append([user, item, str(1 + int(5 * rng.random())), str(time + 60), "Changed my mind."])
        elif x < 0.007:
            out.append([user, pick(items)["id"], pick(("0", "9", "11")), str(time + 30), ""])  # beyond five stars
    for _ in range(n_bad):
        user, item, _, time, _ = pick(out)
        bad = pick(([user, item, "n/a", time, ""], [user, item, "4"], [user, "", "4", time, ""], [user, item, "4", "yesterday", ""]))
        out.insert(int(rng.random() * len(out)), bad)
    return out


def make_shill(items):
    """One account that gave five stars to 150 books within ten minutes."""
    begin = T0 + int(0.5 * (T1 - T0))
    released = [i["id"] for i in items if i["release"] < 0.5]
    return [(begin + 4 * n, "best.deals", item, "5", "Great great great!") for n, item in enumerate(released[:150])]


def to_csv(header, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def make_files():
    items, users = make_items(), make_users()
    events = sorted(make_events(users, items) + make_shill(items))
    cut = T0 + int(CUT * (T1 - T0))
    header = ["user", "item", "rating", "time", "text"]
    return {
        "items.csv": to_csv(["item", "title", "genre", "year", "description"], (
            [i["id"], i["title"], i["genre"].replace(" and ", " &amp; "), i["year"], i["description"].replace("&", "&amp;")] for i in items)),
        "users.csv": to_csv(["user", "age", "job", "profile"], ([u["id"], u["age"], u["job"], u["profile"]] for u in users)),
        "ratings.csv": to_csv(header, add_faults([e for e in events if e[0] < cut], items, 12)),
        "feedback.csv": to_csv(header, add_faults([e for e in events if e[0] >= cut], items, 3)),
    }


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    check = sys.argv[1:] == ["--check"]
    directory = here if check or len(sys.argv) < 2 else sys.argv[1]
    for name, text in make_files().items():
        path = os.path.join(directory, name)
        if not check:
            with open(path, "w", encoding="utf-8", newline="") as f:
                f.write(text)
        elif open(path, encoding="utf-8", newline="").read() != text:
            sys.exit(f"make.py: {name} is not what this script writes")


main()
