export { aDigest, agentMessages, controllerMessages } from "./session-messages.ts";
