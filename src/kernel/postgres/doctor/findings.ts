/** One line of `doctor`: a code for programs, a sentence in both languages for people. */
export type Finding = {
  readonly level: 'ok' | 'warn' | 'error';
  readonly code: string;
  readonly zh: string;
  readonly en: string;
};

export type Level = Finding['level'];

export function finding(level: Level, code: string, zh: string, en: string): Finding {
  return { level, code, zh, en };
}

const GIB = 1024 ** 3;

/** Below the first a large delivery may fill the disk, below the second the database may stop. */
export function judgeDisk(freeBytes: number): Finding {
  const level = freeBytes < 1 * GIB ? 'error' : freeBytes < 5 * GIB ? 'warn' : 'ok';
  const free = (freeBytes / GIB).toFixed(1);
  return finding(
    level,
    'disk.free',
    `数据文件夹所在磁盘剩余 ${free} GiB。`,
    `${free} GiB left on the data folder's disk.`,
  );
}

/** Receipts promise times to the second; a minute's difference makes them false. */
export function judgeSkew(skewMs: number): Finding {
  const level = Math.abs(skewMs) > 60_000 ? 'error' : Math.abs(skewMs) > 1_000 ? 'warn' : 'ok';
  const ms = Math.round(skewMs);
  return finding(
    level,
    'clock.skew',
    `节点与数据库时钟相差 ${ms} 毫秒。`,
    `Clocks of node and database differ by ${ms} ms.`,
  );
}

export function judgeNode(version: string): Finding {
  const isRight = version.startsWith('v24.');
  return isRight
    ? finding('ok', 'node.version', `Node ${version}。`, `Node ${version}.`)
    : finding('error', 'node.version', `Node ${version}，应为 24。`, `Node ${version}; wanted 24.`);
}

export type ServerFacts = {
  versionNumber: number;
  version: string;
  encoding: string;
  timeZone: string;
  fsync: string;
  fullPageWrites: string;
  synchronousCommit: string;
  standbys: string;
};

/** What the server's settings mean for the node; `isCity` when DATABASE_URL is set. */
export function judgeServer(facts: ServerFacts, isCity: boolean): Finding[] {
  const isOld = facts.versionNumber < 160_000;
  const isDurable =
    facts.fsync === 'on' && facts.fullPageWrites === 'on' && facts.synchronousCommit !== 'off';
  const found = [
    finding(
      isOld ? 'error' : 'ok',
      'database.version',
      `PostgreSQL ${facts.version}${isOld ? '，应为 16 或更新' : ''}。`,
      `PostgreSQL ${facts.version}${isOld ? '; wanted 16 or newer' : ''}.`,
    ),
    judgeValue('database.encoding', {
      zh: '数据库编码',
      en: 'Database encoding',
      value: facts.encoding,
      wanted: 'UTF8',
    }),
    judgeValue('database.time_zone', {
      zh: '会话时区',
      en: 'Session time zone',
      value: facts.timeZone,
      wanted: 'Asia/Shanghai',
    }),
    isDurable
      ? finding('ok', 'database.durable', '提交即落盘。', 'Commits are durable.')
      : finding(
          'error',
          'database.durable',
          'fsync、full_page_writes 或 synchronous_commit 已关闭，断电会丢失已确认的数据。',
          'fsync, full_page_writes or synchronous_commit is off: acknowledged data can be lost.',
        ),
  ];
  return isCity ? [...found, judgeStandbys(facts.standbys)] : found;
}

function judgeValue(
  code: string,
  { zh, en, value, wanted }: { zh: string; en: string; value: string; wanted: string },
): Finding {
  return value === wanted
    ? finding('ok', code, `${zh} ${value}。`, `${en} ${value}.`)
    : finding('error', code, `${zh} ${value}，应为 ${wanted}。`, `${en} ${value}; wanted ${wanted}.`);
}

function judgeStandbys(names: string): Finding {
  return names === ''
    ? finding(
        'warn',
        'database.standby',
        '没有同步备机（synchronous_standby_names 为空）：主机损坏会丢失最近的数据。',
        'No synchronous standby (synchronous_standby_names is empty): losing the primary loses the latest data.',
      )
    : finding('ok', 'database.standby', '有同步备机。', 'There is a synchronous standby.');
}
