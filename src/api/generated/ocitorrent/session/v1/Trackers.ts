// Original file: src/api/proto/session.proto


export interface Trackers {
  'urls'?: (string)[];
}

export interface Trackers__Output {
  'urls': (string)[];
}
