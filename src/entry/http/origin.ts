import type { FastifyRequest } from 'fastify';
import { httpRefusal } from './http-refusals.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Refuses what another site makes a browser send (cross-site request forgery), beside the cookie's SameSite=Strict.
 * A browser names its origin in every request that changes something; a machine has none and carries no cookie.
 */
export function requireOwnSite(
  request: Pick<FastifyRequest, 'method' | 'headers'>,
  { publicUrl, hasCookie }: { publicUrl: string; hasCookie: boolean },
): void {
  if (SAFE.has(request.method)) return;
  const { origin, host } = request.headers;
  if (origin === undefined && !hasCookie) return;
  if (origin === undefined || !isOwn(origin, { publicUrl, host })) throw httpRefusal('request.other_site');
}

/** The public address, or this machine under whichever of its own names the browser was pointed at. */
function isOwn(
  origin: string,
  { publicUrl, host }: { publicUrl: string; host: string | undefined },
): boolean {
  if (origin === URL.parse(publicUrl)?.origin) return true;
  const parsed = URL.parse(origin);
  return parsed !== null && LOOPBACK.has(parsed.hostname) && parsed.host === host;
}
