"""What auditwheel does for each file of a wheel before it looks at policies."""
import sys

from auditwheel.elfutils import elf_find_versioned_symbols, elf_read_dt_needed
from elftools.elf.elffile import ELFFile

needed = 0
for line in open(sys.argv[1]):
    name = line.rstrip("\n")
    with open(name, "rb") as f:
        list(elf_find_versioned_symbols(ELFFile(f)))
    needed += len(elf_read_dt_needed(name))
print("COUNT files=0 needed=%d undefined=0" % needed, file=sys.stderr)
