import { pino } from 'pino';

export type Logger = {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
};

/** Numbers, ids and codes only: names, codes of enterprises and field values never enter a log line. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured lines on standard error, so that `--json` answers own standard output. */
export function createLogger(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}

export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
