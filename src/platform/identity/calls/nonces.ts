import { hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Clock } from '#kernel';

/** Life of a nonce in steps of a minute: two before the present one, two after. */
const STEP_MS = 60_000;
const STEPS_AROUND = 2;

/** After this no nonce that is accepted now is accepted any more; so long a used proof is remembered. */
export const NONCE_LIFE_MS = STEP_MS * (2 * STEPS_AROUND + 1);

/** DPoP nonces (RFC 9449, 8): computed from the minute under a shared secret, so that any process accepts any other's. */
export type Nonces = {
  /** What a client puts into its next proof. */
  next(): string;
  isGood(nonce: string): boolean;
};

/** The same computation as the authorization server's own (oidc-provider): a client needs one nonce for both. */
export function openNonces(secret: Buffer, clock: Clock): Nonces {
  let step = Number.NaN;
  let window: Buffer[] = [];
  const look = (): Buffer[] => {
    const now = Math.floor(clock.now().getTime() / STEP_MS);
    if (now !== step) {
      step = now;
      window = Array.from({ length: 2 * STEPS_AROUND + 1 }, (_, at) =>
        nonceOfStep(secret, now - STEPS_AROUND + at),
      );
    }
    return window;
  };
  return {
    next: () => look()[STEPS_AROUND + 1]?.toString() ?? '',
    isGood(nonce) {
      const given = Buffer.from(nonce);
      return look().some((known) => known.length === given.length && timingSafeEqual(known, given));
    },
  };
}

function nonceOfStep(secret: Buffer, step: number): Buffer {
  const salt = Buffer.alloc(8);
  salt.writeBigUInt64BE(BigInt(step));
  return Buffer.from(Buffer.from(hkdfSync('sha256', secret, salt, 'DPoP', 32)).toString('base64url'));
}
