// What the page says, in English and Chinese.
export const WORDS = {
  en: {
    images: "Images", keys: "Keys", tools: "Tools", radius: "Radius", tolerance: "Tolerance", erase: "Erase (valid, not hole)",
    undo: "Undo", redo: "Redo", grow: "Grow", shrink: "Shrink", clear: "Clear", find: "Find damage", colour: "Painted in",
    propose: "Propose", acceptAll: "Accept all", rejectAll: "Reject all", fill: "Look at a fill", method: "Method",
    fillNow: "Fill", compare: "Compare", after: "Show the fill", keep: "Keep", follow: "pconv inpaint uses this method here",
    save: "Save mask", close: "Close", reading: "Reading the scan ...",
    hand: "Move", brush: "Brush", area: "Polygon", lasso: "Lasso", flood: "Flood", judge: "Judge",
    handTip: "drag to move the image (also: Space + drag, middle button)", brushTip: "draw the hole",
    areaTip: "click corners, Enter or double click closes", lassoTip: "drag round an area", floodTip: "click a colour",
    judgeTip: "click accepts a proposal, Shift + click rejects it",
    white: "white", black: "black", scratches: "scratches", cracks: "cracks",
    none: "no mask", there: "mask from its file", saved: "saved", changed: "changed, not saved",
    savedAs: "Saved as {mask}: {ratio} % is hole.", found: "{count} proposals: click them with Judge, or accept all.",
    nothing: "Nothing found here. Look for another kind of damage, or draw it.", noHole: "There is no hole in this part.",
    filling: "Filling ...", searching: "Searching ...", filled: "Filled with {method} in {seconds} s. X shows before and after.",
    chosen: "{method} chosen.", lost: "The server does not answer. What was saved is safe; start the command again.",
    keyList: [["B P L C H J", "brush, polygon, lasso, flood of a colour, move, judge"], ["E", "erase on and off"],
      ["[ ]", "smaller and larger brush"], ["G, Shift + G", "grow and shrink by 1 px"], ["D", "propose damage"],
      ["Enter", "close the polygon, or accept all proposals"], ["Esc, Backspace", "drop the polygon, or its last corner"],
      ["Ctrl + Z, Ctrl + Y", "undo, redo"], ["R", "fill what is on the screen"], ["X", "before and after"], ["M", "compare methods"],
      ["Ctrl + S", "save the mask"], ["PageUp, PageDown", "image before, image after"], ["+ - 0 1", "zoom, whole image, full size"],
      ["arrows, wheel", "move, zoom"], ["?", "this list"]],
  },
  zh: {
    images: "图像", keys: "快捷键", tools: "工具", radius: "半径", tolerance: "容差", erase: "擦除（改为完好）",
    undo: "撤销", redo: "重做", grow: "扩大", shrink: "缩小", clear: "清空", find: "寻找破损", colour: "涂成的颜色",
    propose: "提出候选", acceptAll: "全部接受", rejectAll: "全部拒绝", fill: "预览修复", method: "方法",
    fillNow: "修复", compare: "比较", after: "显示修复结果", keep: "保存", follow: "pconv inpaint 对此图用这个方法",
    save: "保存掩膜", close: "关闭", reading: "正在读取扫描件……",
    hand: "移动", brush: "画笔", area: "多边形", lasso: "套索", flood: "填色", judge: "判定",
    handTip: "拖动图像（也可按住空格或鼠标中键拖动）", brushTip: "画出破损处",
    areaTip: "点出各角，按回车或双击闭合", lassoTip: "拖动圈出一片", floodTip: "点一种颜色",
    judgeTip: "点击接受候选，Shift + 点击拒绝",
    white: "白色", black: "黑色", scratches: "划痕", cracks: "裂纹",
    none: "没有掩膜", there: "来自文件的掩膜", saved: "已保存", changed: "有改动，未保存",
    savedAs: "已存为 {mask}：{ratio} % 为破损。", found: "{count} 处候选：用“判定”逐个点选，或全部接受。",
    nothing: "这里没有找到。换一种破损类型，或直接画出。", noHole: "这一部分没有破损。",
    filling: "正在修复……", searching: "正在寻找……", filled: "已用 {method} 修复，{seconds} 秒。按 X 对比前后。",
    chosen: "已选 {method}。", lost: "服务器没有回应。已保存的都在；请重新运行命令。",
    keyList: [["B P L C H J", "画笔、多边形、套索、填色、移动、判定"], ["E", "开关擦除"], ["[ ]", "画笔变小、变大"],
      ["G, Shift + G", "扩大、缩小 1 像素"], ["D", "提出破损候选"], ["Enter", "闭合多边形，或接受全部候选"],
      ["Esc, Backspace", "放弃多边形，或去掉最后一角"], ["Ctrl + Z, Ctrl + Y", "撤销、重做"], ["R", "修复屏幕上的部分"],
      ["X", "修复前后对比"], ["M", "比较各方法"], ["Ctrl + S", "保存掩膜"], ["PageUp, PageDown", "上一幅、下一幅"],
      ["+ - 0 1", "缩放、整幅、原大"], ["方向键、滚轮", "移动、缩放"], ["?", "本列表"]],
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
