"""Counts what pyelftools finds: needed libraries, and undefined symbols with their versions."""
import sys

from elftools.elf.elffile import ELFFile

needed = undefined = files = 0
for line in open(sys.argv[1]):
    with open(line.rstrip("\n"), "rb") as f:
        elf = ELFFile(f)
        files += 1
        dynamic = elf.get_section_by_name(".dynamic")
        if dynamic is not None:
            needed += sum(1 for t in dynamic.iter_tags() if t.entry.d_tag == "DT_NEEDED")
        versions = elf.get_section_by_name(".gnu.version_r")
        names = {}
        if versions is not None:
            for need, auxiliaries in versions.iter_versions():
                for a in auxiliaries:
                    names[a["vna_other"]] = (need.name, a.name)
        numbers = elf.get_section_by_name(".gnu.version")
        symbols = elf.get_section_by_name(".dynsym")
        if symbols is None:
            continue
        for i, symbol in enumerate(symbols.iter_symbols()):
            if symbol["st_shndx"] == "SHN_UNDEF" and symbol.name:
                undefined += 1
                if numbers is not None:
                    names.get(numbers.get_symbol(i)["ndx"])
print("COUNT files=%d needed=%d undefined=%d" % (files, needed, undefined), file=sys.stderr)
