/* Fields, as the host wrote them, into a configuration. */
#include "guest.h"

#include <stdlib.h>
#include <string.h>

static uint32_t u32(const char *at)
{
	uint32_t value;
	memcpy(&value, at, 4);
	return value;
}

static uint16_t u16(const char *at)
{
	uint16_t value;
	memcpy(&value, at, 2);
	return value;
}

static char *text(const char *at, size_t size)
{
	char *copy = grow(NULL, size + 1);
	memcpy(copy, at, size);
	copy[size] = '\0';
	return copy;
}

static bool take(struct config *into, int tag, const char *at, uint32_t size)
{
	struct command *command = &into->command;
	switch (tag) {
	case FIELD_HOSTNAME: into->hostname = text(at, size); return true;
	case FIELD_STANDALONE: into->standalone = true; return true;
	case FIELD_MODULE: list_add(&into->modules, text(at, size)); return true;
	case FIELD_MODULE_LAYER: list_add(&into->module_layers, text(at, size)); return true;
	case FIELD_ROOT_OPTIONS: into->root_options = text(at, size); return true;
	case FIELD_RW_DIR: list_add(&into->rw_dirs, text(at, size)); return true;
	case FIELD_CLEAR_DIR: list_add(&into->clear_dirs, text(at, size)); return true;
	case FIELD_CLEAR_FILE: list_add(&into->clear_files, text(at, size)); return true;
	case FIELD_VISIBLE: list_add(&into->visible, text(at, size)); return true;
	case FIELD_ALLOW_SUDO: into->allow_sudo = true; return true;
	case FIELD_FILES: into->files = true; return true;
	case FIELD_RW_BY_FUSE: into->rw_by_fuse = true; return true;
	case FIELD_NIC: list_add(&into->nics, text(at, size)); return true;
	case FIELD_RESOLV: into->resolv = text(at, size); return true;
	case FIELD_WATCHDOG: into->watchdog = text(at, size); return true;
	case FIELD_DISK: list_add(&into->disks, text(at, size)); return true;
	case FIELD_DHCP: list_add(&into->dhcp, text(at, size)); return true;
	case FIELD_DHCP_CLIENT: into->dhcp_client = text(at, size); return true;
	case FIELD_MULTIPATH: into->multipath = text(at, size); return true;
	case FIELD_PATH: list_add(&into->paths, text(at, size)); return true;
	case FIELD_MPTCP: into->mptcp = text(at, size); return true;
	case FIELD_SCHEDULER: into->scheduler = text(at, size); return true;
	case FIELD_HOSTS: into->hosts = text(at, size); return true;
	case FIELD_SYSTEMD: into->systemd = text(at, size); return true;
	case FIELD_LEASE_MS:
		if (size != 4)
			return false;
		into->lease_ms = u32(at);
		return true;
	case FIELD_OPEN_FILES:
		if (size != 4)
			return false;
		into->open_files = u32(at);
		return true;
	case FIELD_COMMAND:
		if (size != 4)
			return false;
		into->has_command = true;
		command->flags = u32(at);
		return true;
	case FIELD_SIZE:
		if (size != 4)
			return false;
		command->rows = u16(at);
		command->columns = u16(at + 2);
		return true;
	case FIELD_CWD: command->cwd = text(at, size); return true;
	case FIELD_PROGRAM: command->program = text(at, size); return true;
	case FIELD_ARG: list_add(&command->argv, text(at, size)); return true;
	case FIELD_ENV: list_add(&command->env, text(at, size)); return true;
	case FIELD_USER: return parse_user(at, size, &command->user);
	default: return false;
	}
}

bool parse_fields(const char *at, size_t size, struct config *into)
{
	while (size > 0) {
		if (size < 5 || u32(at + 1) > size - 5)
			return false;
		uint32_t length = u32(at + 1);
		if (!take(into, (unsigned char)*at, at + 5, length))
			return false;
		at += 5 + length;
		size -= 5 + length;
	}
	return true;
}

void free_command(struct command *command)
{
	for (size_t i = 0; i < command->argv.count; i++)
		free(command->argv.items[i]);
	for (size_t i = 0; i < command->env.count; i++)
		free(command->env.items[i]);
	free(command->argv.items);
	free(command->env.items);
	free(command->cwd);
	free(command->program);
	free(command->user.groups);
	memset(command, 0, sizeof(*command));
}
