/** The guest's configuration as its init reads it. Pure. */
import type { GuestConfig, GuestPaths, Nic, StaticAddress } from '../description.ts';
import { encodeCommand, encodeField, Field, pair, u32 } from './protocol.ts';

/**
 * How the guest mounts the host's directories; what is cached depends on its
 * kernel (guest/fresh.c). msize: a kernel before 5.15 would take 8 KiB, a round
 * trip for every page or two.
 */
export const shareOptions = 'trans=virtio,version=9p2000.L,msize=262144';

export function encodeGuestConfig(config: GuestConfig): Buffer {
  const fields: Buffer[] = [
    encodeField(Field.hostname, config.hostname),
    encodeField(Field.root_options, shareOptions),
    ...config.modules.map((path) => encodeField(Field.module, path)),
    ...config.moduleLayers.map((path) => encodeField(Field.module_layer, path)),
    ...config.shares.map((share) => encodeField(Field.rw_dir, pair(share.tag, share.path))),
    ...config.clearDirs.map((path) => encodeField(Field.clear_dir, path)),
    ...config.clearFiles.map((path) => encodeField(Field.clear_file, path)),
    ...config.visible.map((path) => encodeField(Field.visible, path)),
    ...config.addresses.map((a) => encodeField(Field.nic, `${a.mac} ${a.address} ${a.gateway} ${a.metric}`)),
    ...config.disks.filter(({ bus }) => bus === 'virtio').map((disk, i) => encodeField(Field.disk, pair(`DISK${i}`, disk.serial))),
  ];
  if (config.leases !== undefined) {
    const { nics, client, multipath, deadlineMs } = config.leases;
    fields.push(
      ...nics.map(({ mac, place }) => encodeField(Field.dhcp, `${mac} ${place}`)),
      encodeField(Field.dhcp_client, pair(client.kind, client.path)), encodeField(Field.multipath, multipath), encodeField(Field.lease_ms, u32(deadlineMs)));
  }
  if (config.paths !== undefined) fields.push(...pathFields(config.paths));
  if (config.openFiles !== undefined) fields.push(encodeField(Field.open_files, u32(config.openFiles)));
  if (config.files === true && !config.standalone) fields.push(encodeField(Field.files));
  if (config.sharesByFuse === true && !config.standalone) fields.push(encodeField(Field.rw_by_fuse));
  if (config.systemd !== undefined) fields.push(encodeField(Field.systemd, config.systemd));
  if (config.standalone) fields.push(encodeField(Field.standalone));
  if (config.allowSudo) fields.push(encodeField(Field.allow_sudo));
  if (config.dns !== undefined) fields.push(encodeField(Field.resolv, config.dns.map((server) => `nameserver ${server}\n`).join('')));
  if (config.watchdogSeconds !== undefined) fields.push(encodeField(Field.watchdog, String(config.watchdogSeconds)));
  if (config.command !== undefined) fields.push(encodeCommand(config.command));
  return Buffer.concat(fields);
}

function pathFields({ nics, mptcp, scheduler, hosts }: GuestPaths): Buffer[] {
  return [
    ...nics.map(({ mac, name, own }) => encodeField(Field.path, [mac, name, ...(own === undefined ? [] : [own.address, own.gateway, own.place, own.endpoint, own.address6, own.gateway6])].join(' '))),
    encodeField(Field.mptcp, mptcp),
    ...(scheduler === undefined ? [] : [encodeField(Field.scheduler, scheduler)]),
    encodeField(Field.hosts, hosts),
  ];
}

/** The addresses of QEMU's user-mode networks are known beforehand: no DHCP. The first NIC's route is preferred. */
export function userAddresses(nics: readonly Nic[]): StaticAddress[] {
  return nics.flatMap((nic, i) => nic.kind !== 'user' ? [] : [{
    mac: nic.mac, address: `10.0.${nic.net}.15/24`, gateway: `10.0.${nic.net}.2`, metric: 100 + i,
  }]);
}

/** Name servers for the guest: the first user-mode network's. Of bridges, DHCP tells. */
export function userDns(nics: readonly Nic[]): string[] | undefined {
  const first = nics.find((nic) => nic.kind === 'user');
  return first === undefined ? undefined : [`10.0.${first.net}.3`];
}
