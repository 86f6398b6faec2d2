// What the members of the pools of 09-mandelbrot.ts run. It knows nothing of Portcall.

/**
 * Rows of a picture of the Mandelbrot set, three bytes for each pixel.
 *
 * @param {{ width: number, height: number, iterations: number }} picture
 * @param {number} first
 * @param {number} count
 */
export function rows({ width, height, iterations }, first, count) {
  const pixels = new Uint8Array(count * width * 3);
  let at = 0;
  for (let y = first; y < first + count; y++) {
    for (let x = 0; x < width; x++) {
      const steps = escape((x / width) * 3.2 - 2.3, (y / height - 0.5) * 2.4, iterations);
      const shade = steps === iterations ? 0 : Math.sqrt(steps / iterations);
      pixels[at++] = 255 * shade ** 0.6;
      pixels[at++] = 255 * shade;
      pixels[at++] = 255 * shade ** 2 + (steps === iterations ? 0 : 40 * (1 - shade));
    }
  }
  return pixels;
}

/** Ends the process or thread it runs in, in the middle of whatever that does. */
export function crash() {
  process.exit(1);
}

/**
 * How many steps a point takes to get away.
 *
 * @param {number} cx
 * @param {number} cy
 * @param {number} iterations
 */
function escape(cx, cy, iterations) {
  let x = 0;
  let y = 0;
  for (let step = 0; step < iterations; step++) {
    const xx = x * x;
    const yy = y * y;
    if (xx + yy > 4) return step;
    y = 2 * x * y + cy;
    x = xx - yy + cx;
  }
  return iterations;
}
