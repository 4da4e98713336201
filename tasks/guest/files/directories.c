/* Directories, as they are listed. */
#include "requests.h"

#include <string.h>

void do_opendir(const struct request *request, struct node *dir)
{
	if (!list_known(dir)) {
		ask_list(request, dir);
		return;
	}
	struct fuse_open_out out = { .fh = (uint64_t)(uintptr_t)dir->listing };
	dir->listing->uses++;
	request_answer(request->head->unique, 0, &out, sizeof(out));
}

static size_t add_name(char *to, size_t room, uint64_t ino, uint64_t next, uint32_t type, const char *name, size_t size)
{
	size_t whole = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + size);
	if (whole > room)
		return 0;
	struct fuse_dirent *entry = (struct fuse_dirent *)to;
	memset(to, 0, whole);
	*entry = (struct fuse_dirent){ .ino = ino, .off = next, .namelen = (uint32_t)size, .type = type };
	memcpy(to + FUSE_NAME_OFFSET, name, size);
	return whole;
}

void do_readdir(const struct request *request, struct node *dir)
{
	static char buffer[128 * 1024];
	const struct fuse_read_in *in = (const struct fuse_read_in *)request->body;
	const struct listing *listing = (const struct listing *)(uintptr_t)in->fh;
	size_t room = in->size < sizeof(buffer) ? in->size : sizeof(buffer), used = 0;
	for (uint64_t at = in->offset; at < 2 + listing->count; at++) {
		size_t added;
		if (at < 2) {
			const struct node *of = at == 1 && dir->parent ? dir->parent : dir;
			added = add_name(buffer + used, room - used, of->attr.ino, at + 1, 4, "..", at + 1);
		} else {
			const struct file_entry *entry = listing->entries[at - 2];
			added = add_name(buffer + used, room - used, entry->attr.ino, at + 1, entry->attr.mode >> 12, (const char *)(entry + 1), entry->name_size);
		}
		if (added == 0)
			break;
		used += added;
	}
	request_answer(request->head->unique, 0, buffer, used);
}

void do_releasedir(const struct request *request)
{
	const struct fuse_release_in *in = (const struct fuse_release_in *)request->body;
	listing_drop((struct listing *)(uintptr_t)in->fh);
	request_answer(request->head->unique, 0, NULL, 0);
}
