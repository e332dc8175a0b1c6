#!/usr/bin/env bash
# paper 0.12.20 for Node.js and browsers (Path.simplify)
# Input: a circle of radius 15 drawn as 16, 64 and 200 points, closed, and the same open, simplified with tolerances of 0.1 to 2.5, which is
# the default.
# Expected: a curve that misses the points by the tolerance at most, "the allowed maximum error", and so an area near 707.
# Happens: the closed one becomes a single point without area, by the default tolerance at all numbers of points, by 0.5 at 200; simplify()
# returns true. A traced outline of damage is gone. The open one keeps its length of 94 at every tolerance.
# Output seen on 2026-12-01:
#   16 points, tolerance 0.1: closed 703, 5 segments; open 94 long, 7 segments
#   16 points, tolerance 0.5: closed 666, 3 segments; open 94 long, 5 segments
#   16 points, tolerance 2.5: closed 0, 1 segments; open 93 long, 3 segments
#   64 points, tolerance 0.1: closed 693, 5 segments; open 94 long, 7 segments
#   64 points, tolerance 0.5: closed 691, 3 segments; open 94 long, 5 segments
#   64 points, tolerance 2.5: closed 0, 1 segments; open 93 long, 3 segments
#   200 points, tolerance 0.1: closed 697, 5 segments; open 94 long, 7 segments
#   200 points, tolerance 0.5: closed 0, 1 segments; open 93 long, 3 segments
#   200 points, tolerance 2.5: closed 0, 1 segments; open 93 long, 3 segments
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit paper@0.12.20
cat > one.cjs <<'JS'
const assert = require("node:assert");
const paper = require("paper/dist/paper-core");
paper.setup(new paper.Size(40, 40));

function circle(count, closed, tolerance) {
  const path = new paper.Path();
  for (let i = 0; i < count + (closed ? 0 : 1); i++) path.add(new paper.Point({ length: 15, angle: (360 * i) / count }).add(20));
  path.closed = closed;
  assert.equal(path.simplify(tolerance), true);
  return path;
}

for (const count of [16, 64, 200]) {
  for (const tolerance of [0.1, 0.5, 2.5]) {
    const [closed, open] = [circle(count, true, tolerance), circle(count, false, tolerance)];
    const area = Math.round(Math.abs(closed.area));
    const seen = `closed ${area}, ${closed.segments.length} segments; open ${Math.round(open.length)} long, ${open.segments.length} segments`;
    console.log(`${count} points, tolerance ${tolerance}: ${seen}`);
    assert.equal(area === 0, tolerance === 2.5 || (tolerance === 0.5 && count === 200), "the behaviour has changed");
    assert(open.length > 85, "the behaviour has changed");
  }
}
JS
node one.cjs
