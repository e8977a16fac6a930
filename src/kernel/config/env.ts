import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { kernelRefusal } from '../kernel-refusals.ts';

/** Every setting the node knows, and no other: an unknown `XINQIAO_*` name is refused at start. */
export const SETTINGS = {
  DATABASE_URL: 'PostgreSQL of the city; absent: the database that comes with the package',
  PORT: 'HTTP port, default 8080',
  XINQIAO_ATTACHMENT_SCANNER:
    'the city’s scanner of attachments (clamd protocol): tcp://host:port or unix:/path; absent: none, which pages say',
  XINQIAO_CONFIG: 'YAML file with these same names; the environment wins over it',
  XINQIAO_DATA: 'folder for the embedded database, deliveries and keys, default .data',
  XINQIAO_DEFINITIONS: 'folder with the city’s own contracts, policies and rules, laid over the package’s',
  XINQIAO_DEMONSTRATION: 'enterprises of the synthetic city on first start (default 2000; 0: none)',
  XINQIAO_HOST: 'address to listen on, default 127.0.0.1',
  XINQIAO_INBOX: 'folder watched for deliveries: <inbox>/<provider>/<contract>/FILE',
  XINQIAO_KEYS: 'folder of the signing keys, default <data>/keys',
  XINQIAO_LOG_LEVEL: 'debug, info, warn or error, default info',
  XINQIAO_NODE_NAME: 'name on reports and in the log, default 信桥示范节点',
  XINQIAO_OIDC_CLAIM: 'claim of the ID token that names the person to us, default sub',
  XINQIAO_OIDC_CLIENT: 'our client id at the city’s identity provider',
  XINQIAO_OIDC_ISSUER: 'the city’s identity provider (OpenID Connect) at which people sign in, https',
  XINQIAO_OIDC_KEY: 'file with our private key there (JWK or PKCS #8 PEM, mode 0600), for private_key_jwt',
  XINQIAO_OIDC_NAME: 'what people call it, default 统一身份认证',
  XINQIAO_OIDC_SECOND_FACTOR: 'values of acr or amr, by comma, that count as a second factor, default mfa',
  XINQIAO_OIDC_SECRET: 'file with our secret there (mode 0600), where it takes no private_key_jwt',
  XINQIAO_PASSWORDS:
    'on; machines: by HTTP Basic only, people sign in at the identity provider; off: none; default on',
  XINQIAO_PASSWORD_MIN: 'characters of a new password at least, default 12',
  XINQIAO_PARTITIONS: 'hash partitions of tables over ten million rows, default 64 with DATABASE_URL, else 1',
  XINQIAO_PUBLIC_URL: 'address under which people reach the node, for links and QR codes',
  XINQIAO_PUSH_NETWORKS:
    'internal networks (CIDR, by comma) that alerts may be pushed to; plain http only to addresses in them',
  XINQIAO_SAMPLE_DATA: 'folder of real files for the tests that need them',
  XINQIAO_SESSION_IDLE: 'minutes after which an unused sign-in ends, default 30',
  XINQIAO_SESSION_MAX: 'hours after which any sign-in ends, default 12',
  XINQIAO_SIGN_IN_ATTEMPTS: 'wrong passwords or codes before a login rests, default 5',
  XINQIAO_SIGN_IN_REST: 'minutes for which it rests, default 15',
  XINQIAO_SUITE: 'intl-1 or gm-1 (SM2, SM3, SM4) for new signatures and sealed fields, default intl-1',
  XINQIAO_TEST_LONG: '1: run the long form of the crash tests',
  XINQIAO_TEST_SERVER: 'set by the test runner: the database server that tests clone from',
  XINQIAO_TIME_LIMIT_PROFILE:
    'time-limit profile with which a new node begins, default beijing; later xinqiao rights profile',
  XINQIAO_TOTP:
    'one-time codes of people: off, optional or required (of operators and institutions), default optional',
} as const;

export type Env = Partial<Record<keyof typeof SETTINGS, string>>;

/** Reads the process environment and the configuration file once. The only place that touches `process.env`. */
export function readEnv(source: NodeJS.ProcessEnv = process.env): Env {
  const fromFile = source.XINQIAO_CONFIG === undefined ? {} : readFile(source.XINQIAO_CONFIG);
  const names = [
    ...Object.keys(fromFile),
    ...Object.keys(source).filter((name) => name.startsWith('XINQIAO_')),
  ];
  for (const name of names) {
    if (!(name in SETTINGS)) throw kernelRefusal('config.unknown_setting', { name });
  }
  const env: Env = {};
  for (const name of Object.keys(SETTINGS) as (keyof typeof SETTINGS)[]) {
    const value = source[name] ?? fromFile[name];
    if (value !== undefined && value !== '') env[name] = value;
  }
  return env;
}

/** Whether npm or npx is our parent: either may end without passing a signal on, then the node follows it. */
export function isUnderNpm(source: NodeJS.ProcessEnv = process.env): boolean {
  return source.npm_command !== undefined || source.npm_lifecycle_event !== undefined;
}

function readFile(path: string): Record<string, string> {
  const content: unknown = parse(readFileSync(path, 'utf8'));
  if (typeof content !== 'object' || content === null) throw kernelRefusal('config.unreadable', { path });
  return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, String(value)]));
}
