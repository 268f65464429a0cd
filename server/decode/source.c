/* SPDX-License-Identifier: MIT */
/* source: source lines of function+offset; see source.h. */
#include "source.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"

enum { SOURCE_MODULES = 16 };

struct source_symbol {
	const char *name;
	GElf_Addr address;
	uint64_t size;
};

struct source_file {
	char name[64]; /* of the module; "" the kernel */
	Dwfl_Module *module; /* NULL: there is no such file */
	struct source_symbol *symbol; /* by name, once one was looked for */
	size_t symbols;
	int sorted;
};

struct source {
	Dwfl *dwfl;
	char dir[FILE_PATH_MAX];
	struct source_file file[1 + SOURCE_MODULES]; /* the kernel first */
	size_t files;
};

/* Debug information is in the file itself: nothing is searched for, and no server is asked. */
static int source_no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
    const char *file, const char *link, GElf_Word crc, char **found)
{
	(void)module;
	(void)data;
	(void)name;
	(void)base;
	(void)file;
	(void)link;
	(void)crc;
	(void)found;
	return -1;
}

static int source_no_elf(
    Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, char **file, Elf **elf)
{
	(void)module;
	(void)data;
	(void)name;
	(void)base;
	(void)file;
	(void)elf;
	return -1;
}

/* Adds an ELF file; NULL: it is missing, not ELF, or has no debug information. */
static Dwfl_Module *source_add(struct source *source, const char *name, const char *path)
{
	Dwfl_Module *module;
	Dwarf_Addr bias;

	dwfl_report_begin_add(source->dwfl);
	module = dwfl_report_offline(source->dwfl, name, path, -1);
	dwfl_report_end(source->dwfl, NULL, NULL);
	return module && dwfl_module_getdwarf(module, &bias) ? module : NULL;
}

static int source_same_build(Dwfl_Module *module, const char *build_id)
{
	const unsigned char *bits;
	GElf_Addr at;
	char text[2 * 64 + 1];
	int n = dwfl_module_build_id(module, &bits, &at);

	if (n <= 0 || n > 64 || !build_id[0])
		return 1;
	hex_text(bits, (size_t)n, text);
	return strcmp(text, build_id) == 0;
}

struct source *source_open(struct err *err, const char *vmlinux, const char *build_id)
{
	static const Dwfl_Callbacks callbacks = {.find_elf = source_no_elf,
	    .find_debuginfo = source_no_debuginfo,
	    .section_address = dwfl_offline_section_address};
	struct source *source = calloc(1, sizeof(*source));
	const char *slash = strrchr(vmlinux, '/');

	if (!source || !(source->dwfl = dwfl_begin(&callbacks))) {
		free(source);
		err_set(err, "out of memory");
		return NULL;
	}
	snprintf(source->dir, sizeof(source->dir), "%.*s", slash ? (int)(slash - vmlinux) : 1,
	    slash ? vmlinux : ".");
	source->file[0].module = source_add(source, "kernel", vmlinux);
	source->files = 1;
	if (!source->file[0].module)
		err_set(
		    err, "%s: no ELF file with debug information: %s", vmlinux, dwfl_errmsg(-1));
	else if (!source_same_build(source->file[0].module, build_id))
		err_set(err, "%s: of another build than the kernel that died", vmlinux);
	else
		return source;
	source_close(source);
	return NULL;
}

void source_close(struct source *source)
{
	for (size_t i = 0; i < source->files; i++)
		free(source->file[i].symbol);
	dwfl_end(source->dwfl);
	free(source);
}

/* --- modules ---------------------------------------------------------------------------------------- */

static int source_try(struct source *source, struct source_file *file, const char *suffix, int dash)
{
	char name[96], path[FILE_PATH_MAX + 128];

	snprintf(name, sizeof(name), "%s%s", file->name, suffix);
	for (char *c = name; dash && *c; c++)
		if (*c == '_')
			*c = '-';
	snprintf(path, sizeof(path), "%s/modules/%s", source->dir, name);
	if (access(path, R_OK))
		return 0;
	file->module = source_add(source, file->name, path);
	return 1;
}

/* Its module is NULL if there is no file. The name is a word of the log, and becomes part of a path: letters, digits
 * and '_' only. NULL: another name, or too many modules. */
static struct source_file *source_module(struct source *source, const char *name)
{
	static const char word[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	struct source_file *file;

	for (size_t i = 0; i < source->files; i++)
		if (strcmp(source->file[i].name, name) == 0)
			return &source->file[i];
	if (source->files > SOURCE_MODULES || strspn(name, word) != strlen(name))
		return NULL;
	file = &source->file[source->files++];
	snprintf(file->name, sizeof(file->name), "%s", name);
	for (int dash = 0; dash < 2; dash++)
		if (source_try(source, file, ".ko.debug", dash) ||
		    source_try(source, file, ".ko", dash))
			break;
	return file;
}

/* --- symbols ---------------------------------------------------------------------------------------- */

static int symbol_order(const void *left, const void *right)
{
	const struct source_symbol *a = left, *b = right;

	return strcmp(a->name, b->name);
}

/* The file's symbols by name: a kernel has 200,000, and a report a hundred frames. */
static void source_sort(struct source_file *file)
{
	int count = dwfl_module_getsymtab(file->module);

	file->sorted = 1;
	file->symbol = count > 0 ? calloc((size_t)count, sizeof(*file->symbol)) : NULL;
	for (int i = 0; file->symbol && i < count; i++) {
		struct source_symbol *symbol = &file->symbol[file->symbols];
		GElf_Sym sym;

		symbol->name = dwfl_module_getsym_info(
		    file->module, i, &sym, &symbol->address, NULL, NULL, NULL);
		symbol->size = sym.st_size;
		file->symbols += symbol->name && symbol->name[0] && sym.st_shndx != SHN_UNDEF;
	}
	if (file->symbols)
		qsort(file->symbol, file->symbols, sizeof(*file->symbol), symbol_order);
}

/* The address of the only function of that name whose size agrees. 1, or 0. */
static int source_symbol(
    struct source_file *file, const struct source_place *place, Dwarf_Addr *address)
{
	size_t low = 0, high;
	int found = 0;

	if (!file->sorted)
		source_sort(file);
	for (high = file->symbols; low < high;) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(file->symbol[middle].name, place->name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < file->symbols && strcmp(file->symbol[low].name, place->name) == 0; low++) {
		const struct source_symbol *symbol = &file->symbol[low];

		if (symbol->size > place->size ||
		    (symbol->size && place->size - symbol->size >= SOURCE_PADDING))
			continue;
		if (found && symbol->address != *address)
			return 0;
		*address = symbol->address;
		found = 1;
	}
	return found;
}

/* --- lines ------------------------------------------------------------------------------------------ */

struct source_out {
	char *text;
	size_t len;
};

static void source_put(struct source_out *out, const char *function, const char *file, int line)
{
	int n = snprintf(out->text + out->len, SOURCE_TEXT - out->len, "%s%s%s%s:%d",
	    out->len ? "; " : "", function ? function : "", function ? " at " : "", file, line);

	if (n > 0 && (size_t)n < SOURCE_TEXT - out->len)
		out->len += (size_t)n;
	else
		out->text[out->len] = '\0';
}

/* Without the directory of the build. */
static const char *source_relative(Dwarf_Die *cu, const char *file)
{
	Dwarf_Attribute attribute;
	const char *dir = dwarf_formstring(dwarf_attr(cu, DW_AT_comp_dir, &attribute));
	size_t n = dir ? strlen(dir) : 0;

	if (n && strncmp(file, dir, n) == 0 && file[n] == '/')
		file += n + 1;
	while (strncmp(file, "./", 2) == 0)
		file += 2;
	return file;
}

/* Where an inlined function is called. */
static int source_call(Dwarf_Die *cu, Dwarf_Die *inlined, const char **file, int *line)
{
	Dwarf_Attribute attribute;
	Dwarf_Word file_index, number;
	Dwarf_Files *files;
	size_t count;

	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file_index) ||
	    dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &number) ||
	    dwarf_getsrcfiles(cu, &files, &count) || file_index >= count)
		return -1;
	*file = dwarf_filesrc(files, (size_t)file_index, NULL, NULL);
	*line = (int)number;
	return *file ? 0 : -1;
}

/* The functions inlined at an address, innermost first, each with its line; then the line in the function itself. */
static void source_lines(
    struct source_out *out, Dwarf_Die *cu, Dwarf_Addr address, const char *file, int line)
{
	Dwarf_Die *scopes = NULL;
	int count = dwarf_getscopes(cu, address, &scopes);

	for (int i = 0; i < count; i++) {
		const char *name;

		if (dwarf_tag(&scopes[i]) == DW_TAG_subprogram)
			break;
		if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine)
			continue;
		name = dwarf_diename(&scopes[i]);
		source_put(out, name ? name : "?", source_relative(cu, file), line);
		if (source_call(cu, &scopes[i], &file, &line))
			break;
	}
	free(scopes);
	source_put(out, NULL, source_relative(cu, file), line);
}

int source_find(struct source *source, const struct source_place *place, char text[SOURCE_TEXT])
{
	struct source_file *file =
	    place->module[0] ? source_module(source, place->module) : &source->file[0];
	Dwfl_Module *module = file ? file->module : NULL;
	struct source_out out = {.text = text};
	Dwarf_Addr address, bias;
	Dwarf_Die *cu;
	Dwfl_Line *at;
	const char *path;
	int line;

	text[0] = '\0';
	if (!module || place->offset >= place->size || !source_symbol(file, place, &address))
		return 0;
	address += place->offset - (place->returns && place->offset > 0 ? 1 : 0);
	cu = dwfl_module_addrdie(module, address, &bias);
	at = dwfl_module_getsrc(module, address);
	path = at ? dwfl_lineinfo(at, NULL, &line, NULL, NULL, NULL) : NULL;
	if (!cu || !path || line <= 0)
		return 0;
	source_lines(&out, cu, address - bias, path, line);
	return text[0] != '\0';
}
