/* The least that a reader of ELF files can do: a bar for others.
 *
 *   least a|b LIST   a: needed libraries, version needs, paths, interpreter, flags
 *                    b: that, and every undefined symbol with its version and library
 *
 * It reads 64-bit little-endian files with pread, checks no more than keeps it
 * from crashing, and writes text that nobody wants. The last line, on stderr,
 * counts what it found, so that others can be held against it.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, PARTS = 64, VERSIONS = 4096 };

static struct part { uint64_t at, len; char *bytes; } parts[PARTS];
static int count, file;
static uint64_t size, used;
static char *arena; /* the bytes of all parts of a file */
static const uint64_t arena_size = 512u << 20;

static unsigned long files, others, needed, undefined;

/* take returns len bytes of the file from at on, or NULL. */
static void *take(uint64_t at, uint64_t len) {
	if (at > size || len > size - at)
		return NULL;
	for (int i = count - 1; i >= 0; i--)
		if (at >= parts[i].at && at + len <= parts[i].at + parts[i].len)
			return parts[i].bytes + (at - parts[i].at);
	uint64_t from = at & ~(uint64_t)(PAGE - 1), to = (at + len + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	if (to > size)
		to = size;
	if (count == PARTS || used + (to - from) > arena_size)
		return NULL;
	struct part p = {from, to - from, arena + used};
	if (pread(file, p.bytes, p.len, from) != (ssize_t)p.len)
		return NULL;
	used += (p.len + 15) & ~15ull;
	parts[count++] = p;
	return p.bytes + (at - from);
}

static Elf64_Phdr *headers;
static int header_count;

static uint64_t place(uint64_t addr) {
	for (int i = 0; i < header_count; i++)
		if (headers[i].p_type == PT_LOAD && addr - headers[i].p_vaddr < headers[i].p_filesz)
			return headers[i].p_offset + (addr - headers[i].p_vaddr);
	return UINT64_MAX;
}

static char *strings;
static uint64_t strings_size;

static const char *name(uint64_t at) {
	return strings && at < strings_size ? strings + at : "";
}

/* symbols_in tells from the hash tables how many symbols there are. */
static uint64_t symbols_in(uint64_t sysv, uint64_t gnu) {
	uint32_t *h;
	if (sysv && (h = take(place(sysv), 8)))
		return h[1];
	uint64_t at = place(gnu);
	if (!gnu || !(h = take(at, 16)))
		return 0;
	uint32_t buckets = h[0], first = h[1], most = 0;
	uint64_t table = at + 16 + 8ull * h[2];
	uint32_t *b = take(table, 4ull * buckets);
	for (uint32_t i = 0; b && i < buckets; i++)
		if (b[i] > most)
			most = b[i];
	if (!b || most < first)
		return 0; /* none is hashed: the table does not say how many there are */
	for (uint64_t chain = table + 4ull * buckets;; most++) {
		uint32_t *link = take(chain + 4ull * (most - first), 4);
		if (!link || *link & 1)
			return most + 1ull;
	}
}

static struct { const char *library, *version; } versions[VERSIONS];

static void version_needs(uint64_t at, uint64_t n) {
	for (; n && at != UINT64_MAX; n--) {
		Elf64_Verneed *need = take(at, sizeof *need);
		if (!need)
			return;
		Elf64_Verneed one = *need;
		printf(" [%s", name(one.vn_file));
		uint64_t aux = at + one.vn_aux;
		for (int i = 0; i < one.vn_cnt; i++) {
			Elf64_Vernaux *v = take(aux, sizeof *v);
			if (!v)
				return;
			printf(" %s", name(v->vna_name));
			if ((v->vna_other & 0x7fff) < VERSIONS) {
				versions[v->vna_other & 0x7fff].library = name(one.vn_file);
				versions[v->vna_other & 0x7fff].version = name(v->vna_name);
			}
			aux += v->vna_next;
		}
		putchar(']');
		if (!one.vn_next)
			return;
		at += one.vn_next;
	}
}

static void undefined_symbols(uint64_t table, uint64_t n, uint64_t versym) {
	Elf64_Sym *symbols = take(table, n * sizeof *symbols);
	uint16_t *version = versym ? take(place(versym), 2 * n) : NULL;
	for (uint64_t i = 1; symbols && i < n; i++) {
		if (symbols[i].st_shndx != SHN_UNDEF || !symbols[i].st_name)
			continue;
		undefined++;
		unsigned v = version ? version[i] & 0x7fff : 0;
		fputs(name(symbols[i].st_name), stdout);
		if (v > 1 && v < VERSIONS && versions[v].version)
			fputs("@", stdout), fputs(versions[v].version, stdout), fputs(" ", stdout), fputs(versions[v].library, stdout);
		putchar('\n');
	}
}

static void one(const char *path, int symbols) {
	count = 0, used = 0, strings = NULL, strings_size = 0;
	struct stat info;
	if ((file = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return;
	fstat(file, &info);
	size = info.st_size;
	files++;
	take(0, size < PAGE ? size : PAGE);
	Elf64_Ehdr *h = take(0, sizeof *h);
	if (!h || memcmp(h->e_ident, ELFMAG, 4) || h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB) {
		others++;
		close(file);
		return;
	}
	header_count = h->e_phnum;
	headers = take(h->e_phoff, sizeof *headers * header_count);
	Elf64_Dyn *d = NULL;
	uint64_t entries = 0, values[40] = {0}, gnu = 0, versym = 0, verneed = 0, verneeds = 0, flags1 = 0;
	fputs(path, stdout);
	for (int i = 0; headers && i < header_count; i++) {
		Elf64_Phdr *p = headers + i;
		if (p->p_type == PT_DYNAMIC)
			d = take(p->p_offset, p->p_filesz), entries = p->p_filesz / sizeof *d;
		else if (p->p_type == PT_INTERP)
			printf(" %.*s", (int)p->p_filesz, take(p->p_offset, p->p_filesz) ? (char *)take(p->p_offset, p->p_filesz) : "");
		else if (p->p_type == PT_GNU_STACK && p->p_flags & PF_X)
			fputs(" execstack", stdout);
	}
	for (uint64_t i = 0; d && i < entries && d[i].d_tag; i++) {
		uint64_t v = d[i].d_un.d_val;
		switch (d[i].d_tag) {
		case DT_GNU_HASH: gnu = v; break;
		case DT_VERSYM: versym = v; break;
		case DT_VERNEED: verneed = v; break;
		case DT_VERNEEDNUM: verneeds = v; break;
		case DT_FLAGS_1: flags1 = v; break;
		default:
			if (d[i].d_tag < 40)
				values[d[i].d_tag] = v;
		}
	}
	if (values[DT_STRTAB] && (strings = take(place(values[DT_STRTAB]), values[DT_STRSZ])))
		strings_size = values[DT_STRSZ];
	for (uint64_t i = 0; d && i < entries && d[i].d_tag; i++)
		if (d[i].d_tag == DT_NEEDED)
			needed++, printf(" %s", name(d[i].d_un.d_val));
		else if (d[i].d_tag == DT_SONAME || d[i].d_tag == DT_RPATH || d[i].d_tag == DT_RUNPATH)
			printf(" %s", name(d[i].d_un.d_val));
	printf(" %lx %lx\n", (unsigned long)values[DT_FLAGS], (unsigned long)flags1);
	memset(versions, 0, sizeof versions[0] * 64);
	if (verneed)
		version_needs(place(verneed), verneeds);
	putchar('\n');
	if (symbols && values[DT_SYMTAB]) {
		uint64_t n = symbols_in(values[DT_HASH], gnu);
		if (!n && values[DT_STRTAB] > values[DT_SYMTAB])
			n = (values[DT_STRTAB] - values[DT_SYMTAB]) / sizeof(Elf64_Sym);
		undefined_symbols(place(values[DT_SYMTAB]), n, versym);
	}
	close(file);
}

int main(int argc, char **argv) {
	if (argc != 3)
		return 2;
	FILE *list = fopen(argv[2], "r");
	if (!list)
		return 1;
	static char line[1 << 16], buffer[1 << 18];
	setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
	arena = malloc(arena_size); /* touched only as far as it is used */
	while (fgets(line, sizeof line, list)) {
		line[strcspn(line, "\n")] = 0;
		one(line, argv[1][0] == 'b');
	}
	fflush(stdout);
	fprintf(stderr, "COUNT files=%lu needed=%lu undefined=%lu others=%lu\n", files, needed, undefined, others);
	return 0;
}
