// WebRTC is switched off in this project, and the real package compiles native code when it is installed.
export const RTCPeerConnection = undefined;
export const RTCSessionDescription = undefined;
export const RTCIceCandidate = undefined;
