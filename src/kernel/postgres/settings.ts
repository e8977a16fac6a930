/**
 * How the embedded server runs: durable (fsync and full_page_writes stay on), sized for loading city files on a
 * laptop. Each is given on the command line, so that a change reaches an old data folder too.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '', // the socket in a private folder is the only way in: no port to be taken
  max_connections: '100',
  shared_buffers: '256MB',
  work_mem: '32MB',
  maintenance_work_mem: '256MB',
  max_wal_size: '4GB', // a load of some million rows between two checkpoints
  min_wal_size: '256MB',
  checkpoint_timeout: '15min',
  checkpoint_completion_target: '0.9',
  // wal_compression stays off: the package is built without lz4 and zstd, and pglz costs a load more than it saves.
  client_connection_check_interval: '2s', // ends the statements of a killed node, so that its locks go
  timezone: 'Asia/Shanghai',
  log_timezone: 'Asia/Shanghai',
  log_checkpoints: 'off',
  // Statements and the DETAIL of an error carry values of enterprises; they stay out of the log.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/** The arguments of `postgres`; an orphan that runs with others is restarted. */
export function serverArguments(dataFolder: string, socketFolder: string): string[] {
  const settings = { ...SETTINGS, unix_socket_directories: socketFolder };
  return [
    '-D',
    dataFolder,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/** `localhost` and the port only complete the URL; `host` in the query decides and names the socket's folder. */
export function socketUrl(socketFolder: string, password: string): string {
  const host = encodeURIComponent(socketFolder);
  return `postgres://postgres:${encodeURIComponent(password)}@localhost:5432/postgres?host=${host}`;
}
