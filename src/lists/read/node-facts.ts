import type { Tx } from '#kernel';

/** Whether any synthetic delivery is in this node; every figure and page then says so. */
export async function isSyntheticNode(tx: Tx): Promise<boolean> {
  const [row] = await tx.rows<{ found: boolean }>(
    'select exists (select from lists.deliveries where is_synthetic) as found',
  );
  return row?.found ?? false;
}

const SIZE_LABELS: Readonly<Record<string, string>> = {
  large: '大型企业',
  medium: '中型企业',
  small: '小型企业',
  micro: '微型企业',
  unknown: '规模未知',
};

/** Chinese label of a size class; unknown is a class, not a gap. */
export function sizeLabel(sizeClass: string): string {
  return SIZE_LABELS[sizeClass] ?? '规模未知';
}
