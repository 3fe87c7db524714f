import { gunzipSync } from 'node:zlib';

/**
 * Both ends of what InnerEye-DeepLearning 69a64d1 made of the synthetic series on 22 November 2026:
 * score.py with a trained HelloWorld, as model HelloWorld:3, under Python 3.8. The structure set is in
 * Implicit VR Little Endian (fo-dicom 4.0.7); the middle of the 59736 bytes is contours.
 */
const unfolded = (lines: readonly string[]): Buffer =>
  gunzipSync(Buffer.from(lines.join(''), 'base64'));

export const realSize = 59736;

export const realHead = unfolded([
  'H4sIAAAAAAACA8VUy2ocRxQ9boumE2LRUoQRWZhOCFkEp7i37q1XFsGyJKMheqGZIQRsK4o0soWlaaGMEvwX+ZhA',
  'fiLr7AJe5is8odvjWBqDg+RFCroP1fStc+6pU7X97c2ZBTSDf//50R+dB6d//g00Twngp8GTk8FwtDc6qofmYP8E',
  '//NY6SxvZAD66zP4DUCGG9i63yCAGxky9Dt3wMaaqGSYiKJxho0abt6RjSDDTfQ7d2GNdUYoUVQnMUnSyMKJnPee',
  'KAmzsyHFIMFThhL9zvzUymwsMsyj31kAGzF+wiREgU1Eho/RXZvFYf3VwdF+fVKpIRMK3Madxu93qiywiLvAlVQW',
  'qFA0NURETFzg08ncemZrCxByANSOAtzOrHVBtMB263CBH9qanV63t9Nf7hU4RZOPlcHh3vnxaHdjb3h+uLc/Oj8b',
  'nBX4dVJD5Sv8ZoKnLZYoMQ9gs/6xPnj+uPt8OHo6GB3tP65KVPgQQPf7zd7aaq+zXJUgvKq51+7mVrWIqvwIwNrg',
  '+Lj+rj47PvhaKtx64wpHsZo8+eiIbRLPJMFSIhe9iibrKESNFWYvOKk2SSKWaNUHtskyq3qXNHgV5uB8IIcKZauC',
  'qwpzra6cstaX8+GzYf3LsMppZvI9n2BxyeucPrjgbk4lxuPx+OUYLxqssHOhD0ouCKUQOLrkvbMaUyDlGLyjQBJZ',
  'o9ec5i+tUWB7bvGtHEmTSiPGokB/7qpe5bQwpfOCd5xUfYiWrCPioBJcDNE776PzrNF5m6xNOd1+S+cn78j7tNLA',
  'XhOrU+EQrRNStTGKS7GJfIgsNglejm+9aHy/Jouz6oWd86oafaLoSHwUcdrSNOfMin9fFhu5YRH1LOqVk0ZHnihK',
  'CA0VeSGn/g3LXxO82jyn6pLjOX02SW9On18jZ1+0yT0bPDmqhzl5zDYndXWjs9TvbW0sNad12pfXjPbajMW/jLv8',
  'X5yvu05TXX/Z3iks9JCjPGTN6d7UH++VzGvuZk73226W17e6qyu72+tLm0s7VU4PWsei/gNIe8FJggcAAA==',
]);

export const realTail = unfolded([
  'H4sIAAAAAAACA62Qz0rEMBDGv66am+BhH6BHLylp2oaeBEGUZUEXz/5h0SiCW5daPav4KIuv4Et49ibsUV+ikXRb',
  'usGB7cFAZppfOt83k0AIcZIGNqoqchUtnVwmHZZUWaxki1ouKaiIap6uhnV5SDtRfXIZd6CNAjU9j6hZeSQ70EaB',
  'dIvIgWPRgdYKMekWk68bpx1orZCQbgmpoMh+Ffk6KgqkoyuXbpVT6dDSbM4BoDRfVWbiFT0A0v978wRjjCkN5jYz',
  '8VL9KfymJvSZmIEBODo+2D30mXjDNoA9fTV+uC3OB1mh82muC52fUax1dB1Cv+3qvxwWM42GXq+/1refCN8fTz8G',
  '+9PPb8DuLbRr9mzjvb6e6KwYFzd3WXB5MRkNN2wr8OBhB8D6jz39AhFdS+AABAAA',
]);
