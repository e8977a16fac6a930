import type { Source } from './shape.ts';
import { sourceRefusal } from './source-refusals.ts';

/** Addresses of named endpoints, known only when the node starts. */
export type Addresses = Readonly<Record<string, string>>;

const PROTOCOLS: Readonly<Record<Source['kind'], RegExp>> = {
  service: /^https?:$/,
  database: /^(postgres|postgresql|mysql):$/,
  file: /^file:$/,
};

/**
 * Where the source stands, or undefined when its endpoint is a name nobody gave an address. Refuses with
 * `source.address_not_valid`: wrong protocol, a password in it, or a plain connection that leaves this machine.
 */
export function addressOf(source: Source, addresses: Addresses): URL | undefined {
  const { endpoint, id } = source;
  const text = 'url' in endpoint ? endpoint.url : addresses[endpoint.named];
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url === null || !PROTOCOLS[source.kind].test(url.protocol)) return refuse(id, 'protocol');
  if (url.username !== '' || url.password !== '') return refuse(id, 'user or password in the address');
  if (url.protocol === 'http:' && !isLoopback(url)) return refuse(id, 'http leaves this machine');
  if (source.kind === 'service' && source.mutualTls !== undefined && url.protocol !== 'https:') {
    return refuse(id, 'mutual TLS needs https');
  }
  if (source.kind !== 'file' && hostOf(url) === '') return refuse(id, 'no host');
  if (source.kind === 'database' && (source.engine === 'mysql') !== (url.protocol === 'mysql:')) {
    return refuse(id, 'protocol of another engine');
  }
  return url;
}

/** Whether a connection there never leaves the machine; only then may it go without TLS. */
export function isLoopback(url: URL): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\/.*)$/.test(hostOf(url));
}

/** Host name, address, or folder of a local socket, which is written as libpq does: `postgres://localhost/db?host=/run/socket`. */
export function hostOf({ hostname, searchParams }: URL): string {
  const socketFolder = searchParams.get('host') ?? '';
  if (socketFolder.startsWith('/')) return socketFolder;
  return hostname.replace(/^\[|\]$/g, '');
}

function refuse(source: string, reason: string): never {
  throw sourceRefusal('source.address_not_valid', { source, reason });
}
