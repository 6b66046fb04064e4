// ESLint for assets/js and its tests: what is recommended, the limits of the house, and explicit
// imports instead of globals.

import js from "@eslint/js";

const readonly = (...names) => Object.fromEntries(names.map((name) => [name, "readonly"]));

const BROWSER = readonly(
  "AbortController",
  "Blob",
  "CustomEvent",
  "DecompressionStream",
  "ImageData",
  "IntersectionObserver",
  "MutationObserver",
  "OffscreenCanvas",
  "PointerEvent",
  "Path2D",
  "ResizeObserver",
  "Response",
  "TextDecoder",
  "WebSocket",
  "atob",
  "clearInterval",
  "clearTimeout",
  "console",
  "devicePixelRatio",
  "document",
  "getComputedStyle",
  "localStorage",
  "location",
  "performance",
  "requestAnimationFrame",
  "setInterval",
  "setTimeout",
  "window",
);

export default [
  { ignores: [".venv/", "node_modules/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "eqeqeq": "error",
      "max-len": ["error", { code: 100 }],
      "max-lines": ["error", 350],
      "max-lines-per-function": ["error", 50],
      "no-undef": "error",
      "no-unused-vars": "error",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  { files: ["assets/js/*.js", "assets/first.js"], languageOptions: { globals: BROWSER } },
  { files: ["tests/js/*.js"], languageOptions: { globals: readonly("Buffer", "process") } },
];
