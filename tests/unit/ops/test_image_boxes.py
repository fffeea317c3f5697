"""Boxes of images, compared with plain loops over all of them."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def run(tensor):
    with tf.Session() as session:
        return session.run(tensor)


def boxes_and_scores(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.RandomState(seed)
    corners = random.uniform(size=(count, 2))
    boxes = np.concatenate([corners, corners + random.uniform(0.05, 0.4, (count, 2))], 1)
    return boxes.astype(np.float32), random.permutation(count).astype(np.float32) / count


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    height = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    width = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return height * width / (sum(areas) - height * width)


def chosen(boxes, scores, limit: int, threshold: float) -> list[int]:
    """Boxes by score, without those that overlap a chosen one."""
    kept: list[int] = []
    for index in np.argsort(-scores).tolist():
        if len(kept) < limit and all(overlap(boxes[index], boxes[k]) <= threshold for k in kept):
            kept.append(index)
    return kept


@pytest.mark.parametrize("threshold", [0.1, 0.5])
def test_boxes_are_chosen_greedily(threshold: float):
    boxes, scores = boxes_and_scores(1, 60)
    expected = chosen(boxes, scores, 25, threshold)
    indices = run(tf.image.non_max_suppression(boxes, scores, 25, threshold))
    assert indices.tolist() == expected
    overlaps = np.asarray([[overlap(a, b) for b in boxes] for a in boxes], np.float32)
    given = tf.image.non_max_suppression_overlaps(overlaps, scores, 25, threshold)
    assert run(given).tolist() == expected
    padded, count = run(tf.image.non_max_suppression_padded(boxes, scores, 70, threshold, 0, True))
    all_of_them = chosen(boxes, scores, 70, threshold)
    assert scores[all_of_them].min() == 0 or count == len(all_of_them)
    assert padded[:count].tolist() == all_of_them[:count]
    assert not padded[count:].any()


def test_classes_are_independent():
    boxes, scores = boxes_and_scores(2, 30)
    both = np.stack([scores, scores[::-1]], 1)[None]
    found = run(tf.image.combined_non_max_suppression(boxes[None, :, None], both, 5, 40, 0.2))
    _, best, classes, counts = found
    assert counts.tolist() == [10]
    assert (np.diff(best[0, :10]) <= 0).all()
    for kind in (0, 1):
        expected = chosen(boxes, both[0, :, kind], 5, 0.2)
        mine = best[0, :10][classes[0, :10] == kind]
        np.testing.assert_array_equal(mine, both[0, expected, kind])


def test_scores_decay_where_boxes_overlap():
    boxes = np.asarray([[0, 0, 1, 1], [0, 0, 1, 0.5], [3, 3, 4, 4]], np.float32)
    scores = np.asarray([0.9, 0.8, 0.7], np.float32)
    indices, decayed = run(
        tf.image.non_max_suppression_with_scores(boxes, scores, 3, soft_nms_sigma=0.5)
    )
    assert indices.tolist() == [0, 2, 1]
    np.testing.assert_allclose(decayed, [0.9, 0.7, 0.8 * np.exp(-0.25)], rtol=1e-6)


def test_a_box_of_the_whole_image_is_the_image_resized():
    image = np.random.RandomState(3).uniform(size=(1, 6, 7, 2)).astype(np.float32)
    crop = tf.image.crop_and_resize(image, [[0.0, 0.0, 1.0, 1.0]], [0], [9, 4])
    resized = tf.image.resize_bilinear(image, [9, 4], align_corners=True)
    np.testing.assert_allclose(*run([crop, resized]), rtol=1e-5)


def test_crops_accept_either_name_of_the_indices():
    image, boxes = np.ones((1, 3, 3, 1), np.float32), [[0.0, 0.0, 1.0, 1.0]]
    tf.image.crop_and_resize(image, boxes, box_indices=[0], crop_size=[2, 2])
    tf.image.crop_and_resize(image, boxes, box_ind=[0], crop_size=[2, 2])
    with pytest.raises(ValueError, match="box_ind"):
        tf.image.crop_and_resize(image, boxes, [0], [2, 2], box_indices=[0])


def test_later_boxes_are_drawn_over_earlier_ones():
    boxes = [[[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.5, 0.5]]]
    colors = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    drawn = run(tf.image.draw_bounding_boxes(tf.zeros([1, 5, 5, 3]), boxes, colors=colors))[0]
    assert drawn[0, 0].tolist() == colors[1]
    assert drawn[4, 4].tolist() == drawn[0, 4].tolist() == colors[0]
    assert drawn[1, 1].tolist() == [0, 0, 0]


def test_random_boxes_cover_enough_of_an_object():
    goal = np.asarray([[[0.4, 0.4, 0.6, 0.7]]], np.float32)
    box = tf.image.sample_distorted_bounding_box(
        [50, 80, 3], goal, seed=4, min_object_covered=0.6, area_range=[0.1, 0.5]
    )
    with tf.Session() as session:
        found = [session.run(box) for _ in range(20)]
    assert len({tuple(begin) for begin, _, _ in found}) > 10
    for begin, size, relative in found:
        top, left, bottom, right = relative.ravel()
        height = min(bottom, 0.6) - max(top, 0.4)
        width = min(right, 0.7) - max(left, 0.4)
        assert height * width >= 0.6 * 0.2 * 0.3 - 1e-3
        assert 0.1 <= size[0] * size[1] / 4000 <= 0.5
        assert begin[2] == 0
        assert size[2] == -1


def test_glimpses_outside_hold_noise_in_the_range_of_the_image():
    image = np.random.RandomState(3).uniform(3, 4, (2, 5, 5, 1)).astype(np.float32)
    glimpse = run(tf.image.extract_glimpse(image, [4, 4], [[9.0, 9.0], [0.0, 0.0]]))
    assert 3 <= glimpse[0].min() < glimpse[0].max() <= 4
    np.testing.assert_array_equal(glimpse[1], image[1, :4, :4])
