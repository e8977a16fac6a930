import type { MessageData, MessageType } from '../push-tables.ts';
import type { NumberedMessage } from './withhold-ended.ts';

const SEQUENCE_DIGITS = 20;

/** CloudEvents 1.0 in structured mode, with the extensions `sequence` and `institution`. */
export type CloudEvent = {
  readonly specversion: '1.0';
  /** The same however often it is sent: a receiver keeps it to know a second one. */
  readonly id: string;
  readonly source: string;
  readonly type: MessageType;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** Of the same length always, so that text order is the order of events. */
  readonly sequence: string;
  /** For whom it is; a platform serves several. */
  readonly institution: string;
  readonly data: Record<string, MessageData[string]>;
};

export function toCloudEvent(message: NumberedMessage, source: string): CloudEvent {
  return {
    specversion: '1.0',
    id: message.messageId,
    source,
    type: message.type,
    time: message.at.toISOString(),
    datacontenttype: 'application/json',
    sequence: message.number.padStart(SEQUENCE_DIGITS, '0'),
    institution: message.institutionId,
    data: { ...message.data },
  };
}
