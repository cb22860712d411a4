"""Small specs that between them use everything the emitter prints."""

from __future__ import annotations

CHAIN = """
archspec: 1
name: LeNet-5
about: Gradient-Based Learning Applied to Document Recognition
input: [1, 32, 32]
body:
  c1: {conv: 6, kernel: 5}
  act1: tanh
  s2: {avgpool: 2}
  c3: {conv: 16, kernel: 5}
  act3: tanh
  s4: {avgpool: 2}
head:
  flatten: flatten
  f5: {fc: 120}
  act5: tanh
  output: {fc: 10}
"""

RESIDUAL = """
archspec: 1
name: ResNet
input: [3, 32, 32]
params: {depths: [2, 3]}
variants:
  resnet11: {}
  resnet21: {depths: [4, 6]}
defaults:
  conv: {bias: false}
init:
  conv: {kaiming_normal: {mode: fan_out, nonlinearity: relu}}
  norm: {ones: {}, bias: zeros}
  fc: {normal: {std: 0.01}, bias: zeros}
blocks:
  basic:
    about: two convolutions and a skip
    params: {channels: int, stride: 1}
    residual:
      conv1: {conv: $channels, kernel: 3, stride: $stride, padding: 1}
      bn1: norm
      relu1: relu
      conv2: {conv: $(channels * 2), kernel: 3, padding: 1}
      bn2: norm
    shortcut: {downsample: auto}
    after: {relu2: relu}
stem:
  conv1: {conv: 8, kernel: 3, padding: 1}
  bn1: norm
  relu: relu
body:
  layer1: {basic: 8, repeat: "$(depths[0])"}
  layer2: {basic: 16, repeat: "$(depths[1])", first: {stride: 2}}
head:
  avgpool: gap
  fc: {fc: 10}
"""

INCEPTION = """
archspec: 1
name: GoogLeNet
input: [3, 32, 32]
blocks:
  conv_bn_relu:
    params: {channels: int, kernel: 1, stride: 1}
    seq:
      conv: {conv: $channels, kernel: $kernel, stride: $stride, padding: half, bias: false}
      bn: norm
      relu: relu
  inception:
    params: {ch1x1: int, reduce: int, ch3x3: int}
    concat:
      branch1: {conv_bn_relu: $ch1x1}
      branch2:
        - {conv_bn_relu: $reduce}
        - {conv_bn_relu: $ch3x3, kernel: 3}
      branch3:
        - {maxpool: 3, stride: 1, padding: 1}
        - {conv_bn_relu: 8}
stem:
  conv1: {conv_bn_relu: 16, kernel: 7, stride: 2}
body:
  inception3a: {inception: 8, reduce: 8, ch3x3: 16}
  inception3b: {inception: 16, reduce: 8, ch3x3: 24}
  inception3c: {inception: 16, reduce: 16, ch3x3: 24}
head:
  avgpool: gap
  dropout: {dropout: 0.2}
  fc: {fc: 10}
aux:
  aux1:
    from: inception3a
    weight: 0.3
    sequence:
      pool: gap
      fc: {fc: 10}
"""

DENSE = """
archspec: 1
name: DenseNet
input: [3, 16, 16]
blocks:
  dense_layer:
    params: {growth: int}
    seq:
      norm1: norm
      relu1: relu
      conv1: {conv: $(growth * 4), kernel: 1, bias: false}
      norm2: norm
      relu2: relu
      conv2: {conv: $growth, kernel: 3, padding: 1, bias: false}
      joined: {concat: [input, conv2]}
body:
  features:
    seq:
      conv0: {conv: 16, kernel: 3, padding: 1}
      denseblock1: {dense_layer: 8, repeat: 4, as: denselayer$(i + 1)}
      pool-0: {avgpool: 2}
      denseblock2: {dense_layer: 12, repeat: 2, as: denselayer$(i + 1)}
head:
  avgpool: gap
  fc: {fc: 10}
"""

ENCODER_DECODER = """
archspec: 1
name: U-Net
input: [3, 16, 16]
body:
  enc1: {conv: 8, kernel: 3, padding: 1}
  down1: {maxpool: 2}
  enc2: {conv: 16, kernel: 3, padding: same, stride: 2}
  up: {upsample: 4}
  joined: {concat: [up, enc1]}
  listed:
    - {conv: 8, kernel: 1}
    - relu
    - {conv: 8, kernel: 3, padding: 1}
    - {concat: [input, "0", "2"]}
  gated:
    multiply:
      x: identity
      gate:
        - {adaptive_avgpool: 1}
        - {conv: $(in_channels // 8), kernel: 1}
        - relu
        - {conv: $(in_channels * 8), kernel: 1}
        - sigmoid
  final: {conv: 2, kernel: 1}
"""

SEVERAL_ENDS = """
archspec: 1
name: Two
input: {left: [3, 8, 8], right: [1, 8, 8]}
body:
  a: {conv: 8, kernel: 3, padding: 1, from: left}
  b: {conv: 8, kernel: 3, padding: 1, from: right}
  sum: {add: [a, b]}
  act: relu
  group:
    seq:
      c1: {conv: 8, kernel: 1}
      j: {concat: [c1, a]}
      inner:
        seq:
          c2: {conv: 8, kernel: 1}
          k: {concat: [c2, b, a]}
head:
  flat: flatten
  one: {fc: 4}
  act2: relu
  two: {fc: 5}
outputs: [act2, two]
"""

AWKWARD_NAMES = """
archspec: 1
name: "class"
input: [4, 16, 16]
blocks:
  self:
    params: {torch: int, nn: 1, range: 3}
    seq:
      out: {conv: $torch, kernel: $range, stride: $nn, padding: half}
      x: relu
      part: {slice: [0, $(torch // 2)]}
      y: identity
      joined: {concat: [x, part, y]}
  list:
    seq:
      one: {conv: 3, kernel: 1}
body:
  a: {self: 8}
  b: {self: 6, range: 5, nn: 2}
  c: {self: 4, range: 5, nn: 2}
  d: list
head:
  gap: gap
  output: {fc: 3}
"""

STAGES = """
archspec: 1
name: Staged
input: [3, 32, 32]
blocks:
  unit:
    params: {channels: int, expand: 4}
    residual:
      - {conv: $(in_channels * expand), kernel: 1}
      - gelu
      - {conv: $channels, kernel: 1}
    shortcut: identity
  stage:
    params: {channels: int, copies: int}
    seq:
      down: {conv: $channels, kernel: 2, stride: 2}
      units: {unit: $channels, repeat: $(copies - 1)}
body:
  stage1: {stage: 8, copies: 2}
  stage2: {stage: 16, copies: 4}
  stage3: {stage: 32, copies: 3}
head:
  pool: gap
  norm: {norm: layer}
  fc: {fc: 10}
"""

MOBILE = """
archspec: 1
name: MobileNet
input: [3, 32, 32]
blocks:
  unit:
    params: {channels: int, kernel: 1, stride: 1, groups: 1, activation: relu}
    seq:
      - {conv: $channels, kernel: $kernel, stride: $stride, padding: half, groups: $groups, bias: false}
      - norm
      - {use: $activation, if: $(activation != 'none')}
  gate:
    params: {squeeze: int, channels: $in_channels}
    multiply:
      x: identity
      gate:
        - {adaptive_avgpool: 1}
        - {conv: $squeeze, kernel: 1}
        - relu
        - {conv: $channels, kernel: 1}
        - sigmoid
  inverted:
    about: widened, gated in some rows, with a skip where the shape stays
    params:
      channels: int
      expansion: int
      excite: bool
      stride: 1
      activation: relu
      drop_path: 0.0
      wide: $(in_channels * expansion)
      skip: $(stride == 1 and in_channels == channels)
    residual:
      block:
        - {unit: $wide, activation: $activation, if: $(expansion > 1)}
        - {unit: $wide, kernel: 3, stride: $stride, groups: $wide, activation: $activation}
        - {gate: $(channels // 4 + 1), if: $excite}
        - {unit: $channels, activation: none}
      stochastic_depth: {drop_path: $drop_path, if: $skip}
    shortcut: $('identity' if skip else 'none')
body:
  features:
    - {unit: 8, kernel: 3, stride: 2, activation: hardswish}
    - {inverted: 8, expansion: 1, excite: true}
    - {inverted: 16, expansion: 4, excite: false, stride: 2}
    - {inverted: 16, expansion: 2, excite: false, activation: hardswish, drop_path: 0.1}
    - {inverted: 24, expansion: 3, excite: true, activation: hardswish}
    - {inverted: 24, expansion: 3, excite: true, activation: hardswish, drop_path: 0.2}
head:
  avgpool: gap
  fc: {fc: 10}
"""

OPTIONAL = """
archspec: 1
name: Optional
input: [8, 16, 16]
blocks:
  varied:
    params: {channels: int, norm: batch, step: int, wanted: [false, false], stride: 1}
    residual:
      conv: {conv: $channels, kernel: 3, stride: $stride, padding: 1}
      bn: {norm: $norm, if: $(norm != 'none')}
      listed:
        - {conv: $channels, kernel: 1}
        - {norm: batch, if: "$(wanted[0])"}
        - [{conv: $channels, kernel: 1}, relu]
      pool: {avgpool: 3, stride: 1, padding: 1, if: "$(wanted[1])"}
      cut: {slice: [0, $(channels - step)], if: $(step > 0)}
    shortcut: {use: projection, norm: $norm}
    after: relu
  named:
    params: {extra: bool}
    seq:
      one-1: {conv: 8, kernel: 1}
      two-2: {norm: batch, if: $extra}
      three-3: {conv: 8, kernel: 1}
  nested:
    params: {extra: bool}
    seq:
      deep:
        - - {conv: 8, kernel: 1}
          - {norm: batch, if: $extra}
          - {conv: 8, kernel: 1}
      flat: {avgpool: 3, stride: 1, padding: 1}
body:
  a: {varied: 8, step: 0}
  b: {varied: 8, step: 0, norm: none, stride: 2}
  c: {varied: 12, step: 4, wanted: [true, false]}
  d: {varied: 12, step: 0, wanted: [true, true]}
  e: {varied: 12, step: 0, wanted: [false, true], norm: none}
  f: {conv: 8, kernel: 1}
  g: {named: true}
  h: {named: false}
  i: {nested: true}
  j: {nested: false}
  k: {residual: [{conv: 8, kernel: 1}], shortcut: projection}
  l: {residual: [{conv: 8, kernel: 1}], shortcut: {use: projection, norm: none}}
head:
  avgpool: gap
  fc: {fc: 10}
"""

SPECS = {
    "chain": CHAIN,
    "residual": RESIDUAL,
    "inception": INCEPTION,
    "dense": DENSE,
    "encoder_decoder": ENCODER_DECODER,
    "several_ends": SEVERAL_ENDS,
    "awkward_names": AWKWARD_NAMES,
    "stages": STAGES,
    "mobile": MOBILE,
    "optional": OPTIONAL,
}
