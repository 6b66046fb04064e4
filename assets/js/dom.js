// Makes elements and writes text, touching the page only where something has changed.

export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
