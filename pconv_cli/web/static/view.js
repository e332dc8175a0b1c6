// The image on the canvas: zoom, pan, tiles of image and mask, and what is drawn over them.
const TILE = 256;
const KEPT = 600; // tiles of each kind

export class View {
  constructor(canvas, onWaiting, onTrouble) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.onWaiting = onWaiting;
    this.onTrouble = onTrouble; // called with the server's words, or without any where it does not answer
    this.image = null;
    this.overlay = null; // { bitmap, window: [left, top, width, height] }
    this.showOverlay = false;
    this.sketch = null; // draws what is under the hand, in screen pixels
    this.tiles = new Map();
    this.masks = new Map();
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.canvas;
    this.canvas.width = Math.max(1, Math.round(clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(clientHeight * ratio));
    if (this.image && !this.placed) this.fit();
    this.draw();
  }

  open(image) {
    this.image = image;
    this.version = image.version;
    this.overlay = null;
    this.tiles.clear();
    this.masks.clear();
    this.placed = false;
    this.fit();
  }

  fit() {
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth || !clientHeight) return;
    this.placed = true;
    this.scale = Math.min(clientWidth / this.image.width, clientHeight / this.image.height, 8) * 0.96;
    this.left = this.image.width / 2 - clientWidth / 2 / this.scale;
    this.top = this.image.height / 2 - clientHeight / 2 / this.scale;
    this.draw();
  }

  zoom(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    const [imageX, imageY] = this.toImage(x, y);
    this.scale = Math.min(32, Math.max(1 / 512, this.scale * factor));
    this.left = imageX - x / this.scale;
    this.top = imageY - y / this.scale;
    this.draw();
  }

  pan(dx, dy) {
    this.left -= dx / this.scale;
    this.top -= dy / this.scale;
    this.draw();
  }

  toImage(x, y) {
    return [this.left + x / this.scale, this.top + y / this.scale];
  }

  toScreen(x, y) {
    return [(x - this.left) * this.scale, (y - this.top) * this.scale];
  }

  // What is on the screen, as [left, top, width, height] in whole pixels of the image; null where nothing is.
  visible() {
    const [right, bottom] = this.toImage(this.canvas.clientWidth, this.canvas.clientHeight);
    const left = Math.max(0, Math.floor(this.left));
    const top = Math.max(0, Math.floor(this.top));
    const width = Math.min(this.image.width, Math.ceil(right)) - left;
    const height = Math.min(this.image.height, Math.ceil(bottom)) - top;
    return width > 0 && height > 0 ? [left, top, width, height] : null;
  }

  refreshMask(version) {
    this.version = version;
    this.draw();
  }

  draw() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      this.paint();
    });
  }

  paint() {
    const { context, canvas } = this;
    const ratio = canvas.width / Math.max(1, canvas.clientWidth);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = "#0d0e10";
    context.fillRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    if (!this.image || !this.placed) return;
    const zoom = Math.max(0, Math.floor(Math.log2(1 / (this.scale * ratio)) + 1e-6));
    context.imageSmoothingEnabled = this.scale * ratio < 2;
    const waiting = this.paintTiles(this.tiles, "tile", zoom, "");
    this.onWaiting(waiting);
    if (this.overlay && this.showOverlay) {
      const [left, top, width, height] = this.overlay.window;
      const [x, y] = this.toScreen(left, top);
      context.drawImage(this.overlay.bitmap, x, y, width * this.scale, height * this.scale);
    } else {
      this.paintTiles(this.masks, "mask", zoom, `?v=${this.version}`);
    }
    if (this.sketch) this.sketch(context);
  }

  paintTiles(store, kind, zoom, query) {
    const side = TILE * 2 ** zoom;
    const part = this.visible();
    if (!part) return false;
    let waiting = false;
    const [left, top, width, height] = part;
    for (let row = Math.floor(top / side); row * side < top + height; row++) {
      for (let column = Math.floor(left / side); column * side < left + width; column++) {
        const tile = this.tile(store, `${kind}/${this.image.number}/${zoom}/${column}/${row}`, query);
        if (tile.waiting) waiting = true;
        if (!tile.bitmap) continue;
        const [x, y] = this.toScreen(column * side, row * side);
        const w = Math.min(side, this.image.width - column * side) * this.scale;
        const h = Math.min(side, this.image.height - row * side) * this.scale;
        this.context.drawImage(tile.bitmap, x, y, w, h);
      }
    }
    return waiting;
  }

  // A tile as it is known, asked for where it is not; an older mask stays in sight until the newer one is there.
  tile(store, address, query) {
    const tile = store.get(address) ?? { bitmap: null, query: null, waiting: false };
    store.delete(address);
    store.set(address, tile); // the last, so that those that are not looked at go first
    if (store.size > KEPT) store.delete(store.keys().next().value);
    if (tile.query !== query) {
      tile.query = query;
      this.load(store, tile, address, query);
    }
    return tile;
  }

  async load(store, tile, address, query) {
    try {
      const reply = await fetch(address + query);
      if (reply.status === 202) {
        tile.waiting = true;
        setTimeout(() => { tile.query = null; this.draw(); }, 400);
        return;
      }
      tile.waiting = false;
      if (!reply.ok) {
        const { error } = await reply.json();
        if (store.get(address) === tile) this.onTrouble(error);
        return;
      }
      const bitmap = await createImageBitmap(await reply.blob());
      if (tile.query === query) {
        tile.bitmap = bitmap;
        this.draw();
      }
    } catch {
      tile.query = null; // asked for again with the next drawing
      if (store.get(address) === tile) this.onTrouble();
    }
  }
}
