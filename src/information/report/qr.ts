import QRCode from 'qrcode';

const QUIET_MODULES = 4; // ISO/IEC 18004: four modules of margin

/** The same code as a square of grey values, row by row, one pixel a module: 0 is black, 255 white. */
export function qrPixels(text: string): { size: number; pixels: number[] } {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' });
  const size = modules.size + 2 * QUIET_MODULES;
  const pixels = Array.from({ length: size * size }, () => 255);
  for (let row = 0; row < modules.size; row += 1) {
    for (let column = 0; column < modules.size; column += 1) {
      if (modules.get(row, column)) pixels[(row + QUIET_MODULES) * size + column + QUIET_MODULES] = 0;
    }
  }
  return { size, pixels };
}

/** The QR code of a text as SVG, error correction M; black on white, no script, no reference outside. */
export function qrSvg(text: string): string {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' });
  const size = modules.size + 2 * QUIET_MODULES;
  let path = '';
  for (let row = 0; row < modules.size; row += 1) {
    for (let column = 0; column < modules.size; column += 1) {
      if (modules.get(row, column)) path += `M${column + QUIET_MODULES} ${row + QUIET_MODULES}h1v1h-1z`;
    }
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path fill="#000" d="${path}"/></svg>`
  );
}
