import { isIP } from 'node:net';
import { PUSH_LIMITS } from '../push-limits.ts';
import { pushRefusal } from '../push-refusals.ts';
import { isAddressAllowed, isNamed, type PushNetwork } from './guard-address.ts';

/** Names that mean this machine or its neighbours, whatever a resolver says of them. */
const INTERNAL_NAME = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|arpa)\.?$/;

/**
 * Parses what an institution wants to be reached at. The parser of the URL standard brings decimal, octal, hexadecimal and
 * short IPv4 into one form, so that the address that is judged is the one that would be connected to. What a name resolves
 * to is judged at each connection. Throws `push.target_not_allowed`.
 */
export function requireTarget(text: string, network: PushNetwork): URL {
  const url = text.length <= PUSH_LIMITS.urlCharactersMax ? URL.parse(text) : null;
  if (url === null) return refuse('不是网址 · not a URL');
  if (url.username !== '' || url.password !== '')
    return refuse('地址中带有用户名或口令 · it carries credentials');
  if (url.hash !== '') return refuse('地址中带有片段 · it carries a fragment');
  const host = hostOf(url);
  if (isIP(host) === 0 && (INTERNAL_NAME.test(host) || !host.includes('.')))
    return refuse('是内部名称 · an internal name');
  if (isIP(host) !== 0 && !isAddressAllowed(host, network)) return refuse('是内部地址 · an internal address');
  requireProtocol(url, network);
  return url;
}

/** The host without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** Plain HTTP goes to an address within a network that the operator has named, and nowhere else. */
function requireProtocol(url: URL, network: PushNetwork): void {
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isNamed(hostOf(url), network)))
    refuse('须用 https · https is needed');
  const port = Number(url.port === '' ? 443 : url.port);
  // Below stand services that are spoken to in other protocols.
  if (port !== 443 && port < 1024) refuse('端口须为 443 或不小于 1024 · the port is 443 or from 1024 on');
}

function refuse(reason: string): never {
  throw pushRefusal('push.target_not_allowed', { reason });
}
