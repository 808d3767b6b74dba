"""Parameters of the convolutional backbones for 10 and for 100 classes, as others counted them.

None where the repository has no network for so many classes.
"""

COUNTS = {
    # HobbitLong/RepDistiller
    "vgg8": (3_918_858, 3_965_028),
    "vgg11_repdistiller": (9_231_114, 9_277_284),
    "vgg13_repdistiller": (9_416_010, 9_462_180),
    "vgg16_repdistiller": (14_728_266, 14_774_436),
    "vgg19_repdistiller": (20_040_522, 20_086_692),
    "mobilenet_v2_x0_5_repdistiller": (697_546, 812_836),
    "shufflenet_v1_repdistiller": (862_768, 949_258),
    "shufflenet_v2_x1_0_repdistiller": (1_263_278, 1_355_528),
    # kuangliu/pytorch-cifar
    "vgg11_kuangliu": (9_231_114, None),
    "vgg13_kuangliu": (9_416_010, None),
    "vgg16_kuangliu": (14_728_266, None),
    "vgg19_kuangliu": (20_040_522, 20_086_692),  # bearpaw/pytorch-classification for 100
    "mobilenet_kuangliu": (3_217_226, None),
    "mobilenet_v2_kuangliu": (2_296_922, None),
    "googlenet_kuangliu": (6_166_250, None),
    "densenet121_12_kuangliu": (1_000_618, None),  # there densenet_cifar
    # kuangliu/pytorch-cifar has 1,088 more, in a layer that it never calls
    "efficientnet_b0": (3_599_686 - 1_088, None),
    # kuangliu/pytorch-cifar for 10, weiaicunzai/pytorch-cifar100 for 100
    "densenet121": (6_956_298, 7_048_548),
    # weiaicunzai/pytorch-cifar100
    "densenet161": (None, 26_681_188),
    "densenet201": (None, 18_277_220),
    "vgg11_weiaicunzai": (None, 28_518_244),
    "vgg13_weiaicunzai": (None, 28_703_140),
    "vgg16_weiaicunzai": (None, 34_015_396),
    "vgg19_weiaicunzai": (None, 39_327_652),
    "mobilenet_weiaicunzai": (None, 3_315_428),
    "mobilenet_v2_weiaicunzai": (None, 2_369_380),
    "squeezenet": (None, 781_156),
    "googlenet_weiaicunzai": (None, 6_402_564),
    # chenyaofo/pytorch-cifar-models
    "vgg11_chenyaofo": (9_756_426, 9_802_596),
    "vgg13_chenyaofo": (9_941_322, 9_987_492),
    "vgg16_chenyaofo": (15_253_578, 15_299_748),
    "vgg19_chenyaofo": (20_565_834, 20_612_004),
    "mobilenet_v2_x0_5_chenyaofo": (700_490, 815_780),
    "mobilenet_v2_x0_75_chenyaofo": (1_368_234, 1_483_524),
    "mobilenet_v2_x1_0_chenyaofo": (2_236_682, 2_351_972),
    "mobilenet_v2_x1_4_chenyaofo": (4_333_706, 4_495_076),
    "shufflenet_v2_x0_5_chenyaofo": (352_042, 444_292),
    "shufflenet_v2_x1_0_chenyaofo": (1_263_854, 1_356_104),
    "shufflenet_v2_x1_5_chenyaofo": (2_488_874, 2_581_124),
    "shufflenet_v2_x2_0_chenyaofo": (5_365_486, 5_549_896),
    "repvgg_a0": (7_840_874, 7_956_164),
    "repvgg_a1": (12_824_202, 12_939_492),
    "repvgg_a2": (26_815_690, 26_942_500),
    # bearpaw/pytorch-classification
    "densenet_bc_100_12": (769_162, 800_032),
    # DefangChen/OKDDip-AAAI2020
    "densenet_bc_40_12": (176_122, 188_092),
}
