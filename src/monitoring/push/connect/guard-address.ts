import { resolve4, resolve6 } from 'node:dns/promises';
import { BlockList, isIP, isIPv4 } from 'node:net';

/** What targets may be, and how their names are looked up. */
export type PushNetwork = {
  /** Internal networks that the operator has named; all others are out of reach. */
  readonly named: BlockList;
  /** Every address of a name. */
  readonly resolve: (name: string) => Promise<readonly string[]>;
};

/** Opens the networks given as CIDR; asks DNS itself, since the system's look-up would hold a thread that others wait for. */
export function openPushNetwork(cidrs: readonly string[]): PushNetwork {
  const named = new BlockList();
  for (const cidr of cidrs) addNetwork(named, cidr);
  return { named, resolve: resolveName };
}

/** Throws TypeError for what is not `address/bits`. */
export function addNetwork(list: BlockList, cidr: string): void {
  const [address = '', bits = '', ...rest] = cidr.split('/');
  const family = isIP(address);
  const length = Number(bits);
  const isLength = /^\d{1,3}$/.test(bits) && length <= (family === 4 ? 32 : 128);
  if (family === 0 || rest.length > 0 || !isLength) throw new TypeError(`not a network: ${cidr}`);
  list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Special-purpose addresses (IANA registries of RFC 6890), multicast, what is reserved, and the addresses at which clouds
 * answer to their own machines: link-local ones, 100.100.100.200 within RFC 6598, and 168.63.129.16.
 */
const INTERNAL_V4 = networks([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]);

/** Global unicast; outside it stand loopback, mapped IPv4, NAT64, unique local, link-local and multicast. */
const GLOBAL_V6 = networks(['2000::/3']);

/** Parts of it that are no single machine's address: Teredo and its like, documentation, 6to4, which carries an IPv4. */
const INTERNAL_V6 = networks(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

/** Whether a target may stand at this address. */
export function isAddressAllowed(address: string, { named }: Pick<PushNetwork, 'named'>): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  if (isNamed(address, { named })) return true;
  if (family === 4) return !INTERNAL_V4.check(address, 'ipv4');
  return GLOBAL_V6.check(address, 'ipv6') && !INTERNAL_V6.check(address, 'ipv6');
}

/** Whether the operator has named a network that it stands in. */
export function isNamed(address: string, { named }: Pick<PushNetwork, 'named'>): boolean {
  return isIP(address) !== 0 && named.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

function networks(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) addNetwork(list, cidr);
  return list;
}

async function resolveName(name: string): Promise<readonly string[]> {
  const [four, six] = await Promise.allSettled([resolve4(name), resolve6(name)]);
  return [four, six].flatMap((found) => (found.status === 'fulfilled' ? found.value : []));
}
