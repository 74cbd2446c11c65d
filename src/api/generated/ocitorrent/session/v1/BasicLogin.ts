// Original file: src/api/proto/session.proto


export interface BasicLogin {
  'username'?: (string);
  'password'?: (string);
}

export interface BasicLogin__Output {
  'username': (string);
  'password': (string);
}
