/** The clauses of the policy (实施方案, 2022) by number, with their headings; the four of 保障措施 by their own numerals. */
export const CLAUSES: ReadonlyMap<string, string> = new Map([
  ['1', '建设全国融资信用服务平台北京市级节点'],
  ['2', '积极支持多层次的融资信用服务平台建设'],
  ['3', '支持平台接入机构创新发展'],
  ['4', '打造融资信用服务创新生态'],
  ['5', '整合共享国家信用信息'],
  ['6', '汇聚共享本市信用信息'],
  ['7', '引导企业补充完善自身信息'],
  ['8', '规范信用信息服务机制'],
  ['9', '创新信用评价服务机制'],
  ['10', '完善风险监测服务机制'],
  ['11', '健全信用信息使用反馈机制'],
  ['12', '完善主体权益保护机制'],
  ['13', '强化信息安全管理体系'],
  ['（五）', '强化统筹协调机制'],
  ['（六）', '强化政策支持'],
  ['（七）', '强化风险处置机制'],
  ['（八）', '做好宣传引导'],
]);

/** Clause numbers that a module's header names in its first line: `8`, `5. …; 6. …`, `1–4 …`. */
export function clausesOf(headline: string): string[] {
  const numbers = [...headline.matchAll(/(\d{1,2})(?:\s*[–-]\s*(\d{1,2}))?/g)].flatMap(([, from, to]) =>
    range(Number(from), Number(to ?? from)),
  );
  const chinese = [...CLAUSES.keys()].filter(
    (clause) => clause.startsWith('（') && headline.includes(clause),
  );
  const clause3 = headline.startsWith('三') ? ['3'] : [];
  return [...new Set([...numbers, ...chinese, ...clause3])].filter((clause) => CLAUSES.has(clause));
}

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, step) => String(from + step));
}
