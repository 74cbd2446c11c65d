export { bar, fractionOf, percentOf } from "./bar.ts";
export { formatBytes } from "./bytes.ts";
export { createLiveScreen, type LiveScreen } from "./live-screen.ts";
export { isScreen, type Output } from "./output.ts";
