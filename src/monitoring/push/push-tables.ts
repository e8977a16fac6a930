/** Why an attempt did not arrive; closed, kept with the message and the endpoint. */
const PUSH_FAULTS = [
  'timed_out',
  'name_unknown',
  'address_internal',
  'connection_failed',
  'tls_failed',
  'redirected',
  'refused',
  'gone',
  'told_to_wait',
  'server_error',
  'signature_wrong',
] as const;
export type PushFault = (typeof PUSH_FAULTS)[number];
export type PushOutcome = 'taken' | PushFault;

export const ENDPOINT_STATES = ['unverified', 'active', 'paused', 'removed'] as const;
export type EndpointState = (typeof ENDPOINT_STATES)[number];

export const MESSAGE_TYPES = [
  'cn.xinqiao.alert.raised',
  'cn.xinqiao.alert.upgraded',
  'cn.xinqiao.alert.recalled',
  'cn.xinqiao.case.answered',
  'cn.xinqiao.alert.overdue',
  'cn.xinqiao.whitelist.changed',
  'cn.xinqiao.disclosure.recalled',
] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

export type MessageData = Readonly<Record<string, string | number | boolean | null>>;
