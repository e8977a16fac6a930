import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SUITE_IDS, type SuiteId } from '../crypto/suite.ts';
import { kernelRefusal } from '../kernel-refusals.ts';
import { LIMITS } from '../limits.ts';
import type { Env } from './env.ts';
import { type OutsideConfig, outsideOf } from './outside.ts';

export type Config = {
  /** Absent: the embedded database under `dataFolder`. */
  readonly databaseUrl: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string;
  readonly dataFolder: string;
  readonly keysFolder: string;
  /** The package's own root: contracts, policies, migrations, fonts. */
  readonly packageFolder: string;
  readonly definitionsFolder: string | undefined;
  readonly inboxFolder: string | undefined;
  /** Enterprises of the synthetic city; 0 when this is a city's node. */
  readonly demonstrationEnterprises: number;
  readonly nodeName: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly partitions: number;
  /** Internal networks (CIDR) that alerts may be pushed to. */
  readonly pushNetworks: readonly string[];
  /** Scanner of attachments, `tcp://host:port` or `unix:/path`; absent: none. */
  readonly attachmentScanner: string | undefined;
  /** Time-limit profile (models/rights/time-limits) with which a new node begins; which one is in force the database says. */
  readonly timeLimitProfile: string;
  /** What new signatures and sealed fields are made by; older ones stay valid. */
  readonly suite: SuiteId;
  readonly signIn: SignInConfig;
  /** Absent: people sign in here alone. */
  readonly outside: OutsideConfig | undefined;
};

/** Rules for people who sign in. */
export type SignInConfig = {
  readonly attemptsMax: number;
  readonly restMs: number;
  readonly sessionIdleMs: number;
  /** No session outlives this, however busy: a forgotten browser is signed out overnight. */
  readonly sessionMaxMs: number;
  readonly passwordCharactersMin: number;
  /** `required`: of operators and of people of institutions, platforms and regulators. */
  readonly secondFactor: 'off' | 'optional' | 'required';
  /** `machines`: of programs by HTTP Basic, while people sign in at the city's identity provider. */
  readonly passwords: 'on' | 'machines' | 'off';
};

/** Shapes the environment once; throws a refusal that names the wrong setting. */
export function shapeConfig(env: Env): Config {
  const port = integer('PORT', env.PORT, { fallback: 8080, min: 0, max: 65_535 });
  const isCity = env.DATABASE_URL !== undefined || env.XINQIAO_CONFIG !== undefined;
  const host = env.XINQIAO_HOST ?? '127.0.0.1';
  const dataFolder = resolve(env.XINQIAO_DATA ?? '.data');
  return Object.freeze({
    databaseUrl:
      env.DATABASE_URL === undefined ? undefined : url('DATABASE_URL', env.DATABASE_URL, /^postgres(ql)?:$/),
    host,
    port,
    publicUrl: url('XINQIAO_PUBLIC_URL', env.XINQIAO_PUBLIC_URL ?? `http://${host}:${port}`, /^https?:$/),
    dataFolder,
    keysFolder: resolve(env.XINQIAO_KEYS ?? join(dataFolder, 'keys')),
    packageFolder: fileURLToPath(new URL('../../../', import.meta.url)),
    definitionsFolder: env.XINQIAO_DEFINITIONS && resolve(env.XINQIAO_DEFINITIONS),
    inboxFolder: env.XINQIAO_INBOX && resolve(env.XINQIAO_INBOX),
    demonstrationEnterprises: demonstration(env, isCity),
    nodeName: env.XINQIAO_NODE_NAME ?? '信桥示范节点',
    logLevel: oneOf('XINQIAO_LOG_LEVEL', env.XINQIAO_LOG_LEVEL ?? 'info', ['debug', 'info', 'warn', 'error']),
    partitions: integer('XINQIAO_PARTITIONS', env.XINQIAO_PARTITIONS, {
      fallback: env.DATABASE_URL === undefined ? 1 : 64,
      min: 1,
      max: 1024,
    }),
    pushNetworks: networks('XINQIAO_PUSH_NETWORKS', env.XINQIAO_PUSH_NETWORKS),
    attachmentScanner: env.XINQIAO_ATTACHMENT_SCANNER,
    timeLimitProfile: env.XINQIAO_TIME_LIMIT_PROFILE ?? 'beijing',
    suite: oneOf('XINQIAO_SUITE', env.XINQIAO_SUITE ?? 'intl-1', SUITE_IDS),
    signIn: signIn(env),
    outside: outsideOf(env),
  });
}

const MINUTE_MS = 60_000;

function signIn(env: Env): SignInConfig {
  const count = (name: keyof Env, fallback: number, max: number) =>
    integer(name, env[name], { fallback, min: 1, max });
  return {
    attemptsMax: count('XINQIAO_SIGN_IN_ATTEMPTS', LIMITS.signInAttemptsMax, 100),
    restMs: count('XINQIAO_SIGN_IN_REST', LIMITS.signInRestMs / MINUTE_MS, 1_440) * MINUTE_MS,
    sessionIdleMs: count('XINQIAO_SESSION_IDLE', LIMITS.sessionIdleMs / MINUTE_MS, 720) * MINUTE_MS,
    sessionMaxMs: count('XINQIAO_SESSION_MAX', 12, 24) * 60 * MINUTE_MS,
    passwordCharactersMin: integer('XINQIAO_PASSWORD_MIN', env.XINQIAO_PASSWORD_MIN, {
      fallback: 12,
      min: 8,
      max: 64,
    }),
    secondFactor: oneOf('XINQIAO_TOTP', env.XINQIAO_TOTP ?? 'optional', ['off', 'optional', 'required']),
    passwords: passwords(env),
  };
}

/** Without another way in nobody could sign in. */
function passwords(env: Env): SignInConfig['passwords'] {
  const taken = oneOf('XINQIAO_PASSWORDS', env.XINQIAO_PASSWORDS ?? 'on', ['on', 'machines', 'off']);
  if (taken === 'on' || env.XINQIAO_OIDC_ISSUER !== undefined) return taken;
  throw kernelRefusal('config.wrong_value', {
    name: 'XINQIAO_PASSWORDS',
    wanted: 'on without XINQIAO_OIDC_ISSUER',
  });
}

/** A city's node never carries demonstration data or accounts, whatever else is set. */
function demonstration(env: Env, isCity: boolean): number {
  const wanted = integer('XINQIAO_DEMONSTRATION', env.XINQIAO_DEMONSTRATION, {
    fallback: isCity ? 0 : 2_000,
    min: 0,
    max: 5_000_000,
  });
  if (isCity && wanted > 0) throw kernelRefusal('config.demonstration_in_city', {});
  return wanted;
}

function integer(
  name: string,
  text: string | undefined,
  bounds: { fallback: number; min: number; max: number },
): number {
  if (text === undefined) return bounds.fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < bounds.min || value > bounds.max) {
    throw kernelRefusal('config.wrong_value', { name, wanted: `integer ${bounds.min}..${bounds.max}` });
  }
  return value;
}

function url(name: string, text: string, protocol: RegExp): string {
  const parsed = URL.parse(text);
  if (parsed === null || !protocol.test(parsed.protocol)) {
    throw kernelRefusal('config.wrong_value', { name, wanted: 'URL' });
  }
  return text.replace(/\/$/, '');
}

/** Each must be `address/bits`, so that a slip of the pen opens nothing. */
function networks(name: string, text: string | undefined): readonly string[] {
  const cidrs = text === undefined ? [] : text.split(',').map((cidr) => cidr.trim());
  for (const cidr of cidrs) {
    const [address = '', bits = '', ...rest] = cidr.split('/');
    const family = isIP(address);
    const isBits = /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
    if (family === 0 || rest.length > 0 || !isBits) {
      throw kernelRefusal('config.wrong_value', { name, wanted: 'networks like 10.1.0.0/16, by comma' });
    }
  }
  return cidrs;
}

function oneOf<const T extends string>(name: string, text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text);
  if (found === undefined) throw kernelRefusal('config.wrong_value', { name, wanted: values.join(', ') });
  return found;
}
