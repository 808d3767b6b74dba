"""Parameters of the residual networks for 10 and for 100 classes, counted in the repositories.

None: the repository's network has no such number of classes.
"""

Counts = dict[str, tuple[int | None, int | None]]

RESNET_CIFAR: Counts = {
    # HobbitLong/RepDistiller
    "resnet8": (78_042, 83_892),
    "resnet14": (175_258, 181_108),
    "resnet20": (272_474, 278_324),
    "resnet32": (466_906, 472_756),
    "resnet44": (661_338, 667_188),
    "resnet56": (855_770, 861_620),
    "resnet110": (1_730_714, 1_736_564),
    "resnet8x4": (1_210_410, 1_233_540),
    "resnet32x4": (7_410_730, 7_433_860),
    # akamaster/pytorch_resnet_cifar10
    "resnet20_a": (269_722, 275_572),
    "resnet32_a": (464_154, 470_004),
    "resnet44_a": (658_586, 664_436),
    "resnet56_a": (853_018, 858_868),
    "resnet110_a": (1_727_962, 1_733_812),
    "resnet1202_a": (19_421_274, None),
    # DefangChen/OKDDip-AAAI2020
    "resnet110_bottleneck": (1_147_738, 1_170_868),
    "wide_resnet20_8": (6_848_090, 6_871_220),
}

RESNET: Counts = {
    # kuangliu/pytorch-cifar and weiaicunzai/pytorch-cifar100
    "resnet18": (11_173_962, 11_220_132),
    "resnet34": (21_282_122, 21_328_292),
    "resnet50": (23_520_842, 23_705_252),
    "resnet101": (42_512_970, 42_697_380),
    "resnet152": (58_156_618, 58_341_028),
}

PRE_ACTIVATION: Counts = {
    # kuangliu/pytorch-cifar
    "preact_resnet18": (11_171_146, 11_217_316),
    "preact_resnet34": (21_279_306, 21_325_476),
    "preact_resnet50": (23_509_066, 23_693_476),
    # weiaicunzai/pytorch-cifar100
    "preact_resnet18_biased": (11_176_074, 11_222_244),
    "preact_resnet34_biased": (21_287_946, 21_334_116),
    "preact_resnet50_biased": (23_535_754, 23_720_164),
    # bearpaw/pytorch-classification
    "preresnet110": (1_730_522, 1_736_372),
    "preresnet164": (1_703_258, 1_726_388),
    "preresnet164_basic": (2_605_466, 2_611_316),
}

WIDE_RESNET: Counts = {
    # HobbitLong/RepDistiller, szagoruyko/wide-residual-networks, bearpaw/pytorch-classification
    "wrn_16_1": (175_066, 180_916),
    "wrn_16_2": (691_674, 703_284),
    "wrn_16_4": (2_748_890, 2_772_020),
    "wrn_16_8": (10_961_370, 11_007_540),
    "wrn_22_4": (4_298_970, 4_322_100),
    "wrn_28_2": (1_467_610, 1_479_220),
    "wrn_28_4": (5_849_050, 5_872_180),
    "wrn_28_10": (36_479_194, 36_536_884),
    "wrn_40_1": (563_930, 569_780),
    "wrn_40_2": (2_243_546, 2_255_156),
    "wrn_40_4": (8_949_210, 8_972_340),
}

RESNEXT: Counts = {
    # kuangliu/pytorch-cifar
    "resnext29_32x4d": (4_774_218, 4_866_468),
    "resnext29_2x64d": (9_128_778, 9_221_028),
    # bearpaw/pytorch-classification
    "resnext29_8x64d": (34_426_698, 34_518_948),
    # weiaicunzai/pytorch-cifar100
    "resnext50_grouped": (None, 14_788_772),
}

SENET: Counts = {
    # kuangliu/pytorch-cifar
    "senet18": (11_260_354, 11_306_524),
    # weiaicunzai/pytorch-cifar100
    "seresnet18": (11_267_842, 11_314_012),
    "seresnet34": (21_451_830, 21_498_000),
    "seresnet50": (26_078_394, 26_262_804),
}

COUNTS: Counts = RESNET_CIFAR | RESNET | PRE_ACTIVATION | WIDE_RESNET | RESNEXT | SENET
