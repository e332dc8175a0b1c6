// What the page says, in English and Chinese.
export const WORDS = {
  en: {
    images: "Images", keys: "Keys", tools: "Tools", radius: "Radius", tolerance: "Tolerance", erase: "Erase (mark as undamaged)",
    undo: "Undo", redo: "Redo", grow: "Grow", shrink: "Shrink", clear: "Clear", find: "Find damage", colour: "Paint colour",
    propose: "Propose", acceptAll: "Accept all", rejectAll: "Reject all", fill: "Preview", method: "Method",
    fillNow: "Fill", compare: "Compare", variants: "Variants", after: "Show the fill", keep: "Save", follow: "pconv inpaint uses this method for this image",
    save: "Save mask", close: "Close", reading: "Reading the scan ...",
    hand: "Move", brush: "Brush", area: "Polygon", lasso: "Lasso", flood: "Flood", judge: "Review",
    handTip: "drag to move the image (or Space + drag, or the middle button)", brushTip: "paint over the damage",
    areaTip: "click corners; press Enter or double-click to close", lassoTip: "drag around an area", floodTip: "click an area of one colour",
    judgeTip: "click a proposal to accept it, Shift + click to reject it",
    white: "white", black: "black", scratches: "scratches", cracks: "cracks",
    none: "no mask", there: "mask loaded from file", saved: "saved", changed: "changed, not saved",
    savedAs: "Saved as {mask}; holes cover {ratio} %.", found: "Proposals found: {count}. Click each with Review, or accept all.",
    nothing: "Nothing found in view. Try another kind of damage, or draw it.", noHole: "There is no hole in view.",
    filling: "Filling ...", searching: "Searching ...", filled: "Filled with {method} in {seconds} s. Press X to compare before and after.",
    chosen: "{method} chosen.", lost: "The server does not answer. What you saved is safe; run the command again and open the new page.",
    keyList: [["B P L C H J", "brush, polygon, lasso, flood fill, move, review"], ["E", "turn the eraser on or off"],
      ["[ ]", "smaller and larger brush"], ["G, Shift + G", "grow and shrink by 1 px"], ["D", "find damage in view"],
      ["Enter", "close the polygon, or accept all proposals"], ["Esc, Backspace", "discard the polygon, or its last corner"],
      ["Ctrl + Z, Ctrl + Y", "undo, redo"], ["R", "fill the part in view"], ["X", "show before or after"], ["M, V", "compare methods, variants of one"],
      ["Ctrl + S", "save the mask"], ["PageUp, PageDown", "previous image, next image"], ["+ - 0 1", "zoom in, zoom out, whole image, full size"],
      ["arrows, wheel", "move, zoom"], ["?", "this list"]],
  },
  zh: {
    images: "图像", keys: "快捷键", tools: "工具", radius: "半径", tolerance: "容差", erase: "擦除（标为完好）",
    undo: "撤销", redo: "重做", grow: "扩大", shrink: "缩小", clear: "清空", find: "寻找破损", colour: "涂抹颜色",
    propose: "查找候选", acceptAll: "全部接受", rejectAll: "全部拒绝", fill: "预览", method: "方法",
    fillNow: "修复", compare: "比较", variants: "变体", after: "显示修复结果", keep: "保存", follow: "pconv inpaint 对这幅图像使用此方法",
    save: "保存掩膜", close: "关闭", reading: "正在读取扫描件……",
    hand: "移动", brush: "画笔", area: "多边形", lasso: "套索", flood: "魔棒", judge: "审核",
    handTip: "拖动图像（也可按住空格或鼠标中键拖动）", brushTip: "涂抹破损处",
    areaTip: "逐点单击各顶点，按回车或双击闭合", lassoTip: "拖动圈出区域", floodTip: "单击颜色一致的区域",
    judgeTip: "单击接受候选，Shift + 单击拒绝",
    white: "白色", black: "黑色", scratches: "划痕", cracks: "裂纹",
    none: "没有掩膜", there: "掩膜已从文件载入", saved: "已保存", changed: "已修改，未保存",
    savedAs: "已保存为 {mask}，破损占 {ratio} %。", found: "找到 {count} 处候选：用“审核”逐个单击，或全部接受。",
    nothing: "当前画面中没有找到。请换一种破损类型，或直接绘制。", noHole: "当前画面中没有破损区域。",
    filling: "正在修复……", searching: "正在寻找……", filled: "已用 {method} 修复，用时 {seconds} 秒。按 X 对比前后。",
    chosen: "已选用 {method}。", lost: "服务器没有响应。已保存的内容不会丢失；请重新运行命令，并打开新的页面。",
    keyList: [["B P L C H J", "画笔、多边形、套索、魔棒、移动、审核"], ["E", "开启或关闭擦除"], ["[ ]", "画笔变小、变大"],
      ["G, Shift + G", "扩大、缩小 1 像素"], ["D", "查找画面中的破损"], ["Enter", "闭合多边形，或接受全部候选"],
      ["Esc, Backspace", "放弃多边形，或删除最后一个顶点"], ["Ctrl + Z, Ctrl + Y", "撤销、重做"], ["R", "修复当前画面"],
      ["X", "修复前后对比"], ["M, V", "比较各方法、同一方法的变体"], ["Ctrl + S", "保存掩膜"], ["PageUp, PageDown", "上一幅、下一幅"],
      ["+ - 0 1", "放大、缩小、整幅、实际大小"], ["方向键、滚轮", "移动、缩放"], ["?", "本列表"]],
  },
};

let language = (navigator.language || "en").startsWith("zh") ? "zh" : "en";

export function say(word, values = {}) {
  const text = WORDS[language][word] ?? word;
  return Object.entries(values).reduce((said, [key, value]) => said.replace(`{${key}}`, value), text);
}

export function keyList() {
  return WORDS[language].keyList;
}

export function setLanguage(next) {
  language = next;
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
}

export const otherLanguage = () => (language === "en" ? "zh" : "en");
export const currentLanguage = () => language;
