"""Makes the bundled fonts from their published packages.

Usage: npm i inter-ui material-symbols; pip install fonttools brotli; python3 make_fonts.py NODE_MODULES
egui takes static TrueType and knows no OpenType features, so weights are instanced here and tabular figures are frozen.
"""
import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

MODULES = pathlib.Path(sys.argv[1])
OUT = pathlib.Path(__file__).parent / "fonts"

# Latin with both extensions, combining marks, Greek, Cyrillic, punctuation, currency, letter-like, arrows, operators.
TEXT = [
    (0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x1E00, 0x1EFF),
    (0x2000, 0x206F), (0x20A0, 0x20C0), (0x2116, 0x2122), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2318, 0x2325),
]
FIGURES = [(0x20, 0x7E), (0xA0, 0xFF), (0x2000, 0x2044), (0x20A0, 0x20C0), (0x2212, 0x2212)]

# Name in icons.rs (as Material Symbols calls it) -> code point.
ICONS = """
search add close check check_circle error warning info schedule
cloud_done cloud_off cloud_upload sync light_mode dark_mode contrast undo redo
arrow_upward arrow_downward chevron_right expand_more dashboard folder task_alt account_balance delete
content_paste person event flag pending pause_circle cancel play_circle radio_button_unchecked
hourglass_empty save trending_up trending_down inbox priority_high
today history contract storefront key shopping_cart receipt_long change_circle person_add verified_user
crisis_alert groups gavel alt_route cloud_sync chat_bubble link visibility chevron_left view_timeline view_kanban
help notifications keyboard_return list_alt arrow_back
""".split()


def points(ranges):
    return [point for low, high in ranges for point in range(low, high + 1)]


def keep(font, unicodes, drop=()):
    options = subset.Options(layout_features=["kern", "mark", "mkmk", "ccmp", "locl"], hinting=False, name_IDs=[0, 1, 2, 13, 14])
    options.drop_tables += list(drop)
    worker = subset.Subsetter(options)
    worker.populate(unicodes=unicodes)
    worker.subset(font)
    return font


def freeze(font, tag):
    """Maps characters straight to the glyphs that an OpenType feature would put in their place."""
    gsub = font["GSUB"].table
    mapping = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag != tag:
            continue
        for index in record.Feature.LookupListIndex:
            for table in gsub.LookupList.Lookup[index].SubTable:
                table = getattr(table, "ExtSubTable", table)
                mapping.update(getattr(table, "mapping", {}))
    for table in font["cmap"].tables:
        if hasattr(table, "cmap"):
            table.cmap = {point: mapping.get(name, name) for point, name in table.cmap.items()}


def inter(name, weight, size, ranges, tabular=False):
    font = TTFont(MODULES / "inter-ui/variable/InterVariable.woff2")
    font = instancer.instantiateVariableFont(font, {"wght": weight, "opsz": size})
    if tabular:
        freeze(font, "tnum")
    save(keep(font, points(ranges)), name)


def icons():
    font = TTFont(MODULES / "material-symbols/material-symbols-outlined.woff2")
    font = instancer.instantiateVariableFont(font, {"wght": 400, "opsz": 20, "GRAD": 0, "FILL": 0})
    by_name = {glyph: point for point, glyph in font.getBestCmap().items()}
    found = {name: by_name[name] for name in ICONS if name in by_name}
    missing = sorted(set(ICONS) - set(found))
    if missing:
        sys.exit(f"no such icons: {missing}")
    keep(font, found.values(), drop=["GSUB", "GPOS"])
    # The line box is the glyph's square: an icon centred as text is centred.
    for table, top, bottom in (("hhea", "ascent", "descent"), ("OS/2", "sTypoAscender", "sTypoDescender")):
        setattr(font[table], top, font["head"].unitsPerEm)
        setattr(font[table], bottom, 0)
    font["hhea"].lineGap = font["OS/2"].sTypoLineGap = 0
    font["OS/2"].usWinAscent, font["OS/2"].usWinDescent = font["head"].unitsPerEm, 0
    save(font, "MaterialSymbols-subset.ttf")
    for name, point in sorted(found.items()):
        print(f"{name} {point:04X}")


def save(font, name):
    font.flavor = None
    font.save(OUT / name)
    print(name, (OUT / name).stat().st_size)


inter("Inter-Regular.ttf", 400, 14, TEXT)
inter("Inter-Medium.ttf", 500, 14, TEXT)
inter("Inter-SemiBold.ttf", 600, 14, TEXT)
inter("Inter-Display.ttf", 600, 28, TEXT)
inter("Inter-Figures.ttf", 400, 14, FIGURES, tabular=True)
inter("Inter-FiguresMedium.ttf", 500, 14, FIGURES, tabular=True)
icons()
