// A line drawing for each kind of product, found by a word of its name.

const DRAWINGS = [
  [/desk lamp|light/i, 'M10 40h16M18 40V26l10-10M24 12l8 8M22 10c6-4 14 2 12 10z'],
  [/pendant/i, 'M24 4v14M10 32c0-8 6-14 14-14s14 6 14 14zM20 32c0 5 8 5 8 0'],
  [/lamp/i, 'M24 20v22M16 42h16M16 6h16l6 14H10z'],
  [/stool/i, 'M14 12h20M17 12l-4 30M31 12l4 30M15 30h18'],
  [/chair/i, 'M14 6v20h20V6M14 14h20M12 26h24M15 26v16M33 26v16'],
  [/desk/i, 'M6 18h36M10 18v22M38 18v22M24 18v10h14'],
  [/table/i, 'M6 18h36M12 18l-3 22M36 18l3 22M12 24h24'],
  [/shelf/i, 'M10 6v36M38 6v36M10 10h28M10 22h28M10 34h28M16 22v-8M20 22v-8M30 34l-4-8'],
  [/tea pot/i, 'M12 22h22v10c0 5-4 8-8 8h-6c-4 0-8-3-8-8zM34 24c6-2 8 8 0 8M12 26l-6-7M20 18h6'],
  [/mug|cup/i, 'M10 16h22v16c0 4-3 8-7 8h-8c-4 0-7-4-7-8zM32 20c8-2 8 12 0 10M16 11V6M24 11V6'],
  [/knife/i, 'M6 34 30 10c4-3 6 0 6 4L20 34zM20 34l-6 8'],
  [/board/i, 'M10 16h28v26H10zM20 16v-8h8v8M24 11v1'],
  [/pan/i, 'M20 30m-13 0a13 9 0 1 0 26 0a13 9 0 1 0-26 0M31 24l12-12'],
  [/bowl/i, 'M6 20h36c0 12-8 20-18 20S6 32 6 20zM16 14c2-6 6-6 8 0c2-8 8-6 8 0'],
  [/blanket|rug|towel|curtain/i, 'M8 10h32v24H8zM8 16h32M8 28h32M12 34v6M20 34v6M28 34v6M36 34v6'],
  [/cushion/i, 'M8 8c10 4 22 4 32 0c-4 10-4 22 0 32c-10-4-22-4-32 0c4-10 4-22 0-32zM24 22v4'],
  [/can/i, 'M14 20h18v20H14zM32 26c6-4 8-8 12-8M14 24c-8-2-8 12 0 12M18 20c0-8 10-8 10 0'],
  [
    /tree|herb|plant/i,
    'M16 32h16l-2 10H18zM24 32V18M24 26c-8 0-12-4-12-11c8 0 12 4 12 11zM24 18c0-8 4-11 12-11c0 8-4 11-12 11z',
  ],
  [/clock/i, 'M24 24m-17 0a17 17 0 1 0 34 0a17 17 0 1 0-34 0M24 14v10l7 5'],
  [/mirror/i, 'M24 20m-15 0a15 15 0 1 0 30 0a15 15 0 1 0-30 0M16 22l10-10M22 26l8-8M24 35v8'],
  [/rack/i, 'M24 6v36M16 42h16M24 12l-8-5M24 12l8-5M24 20l-9-4M24 20l9-4'],
  [/candle/i, 'M18 20h12v22H18zM24 20v-4M24 15c-5-3-1-7 0-10c1 3 5 7 0 10z'],
];
const BOX = 'M8 16 24 8l16 8v18l-16 8-16-8zM8 16l16 8 16-8M24 24v18';

export function picture(product) {
  const [, path] = DRAWINGS.find(([words]) => words.test(product.name)) ?? [null, BOX];
  const drawing = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  drawing.setAttribute('viewBox', '0 0 48 48');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', path);
  drawing.append(line);
  const frame = document.createElement('div');
  frame.className = 'picture';
  frame.style.setProperty('--hue', String((product.id * 137) % 360));
  frame.append(drawing);
  return frame;
}
