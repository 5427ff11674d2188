"""What Slicer's own classes offer to Python: the fence around the stand-ins.

PythonQt shows a C++ class through its properties, slots, signals and ``Q_INVOKABLE`` functions; other public
functions of CTK and qMRML classes are *not* callable from Python. The lists hold exactly those members, read
from the headers named beside them, as far as hosted modules may ever want them. A stand-in may offer fewer
members, never more: `restricted` refuses to define a class that does, so a module that runs in the host
uses only what Slicer has.
"""

from __future__ import annotations

from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)


def _members(text: str) -> frozenset[str]:
    return frozenset(text.split())


ALLOWED: dict[str, frozenset[str]] = {
    # Libs/MRML/Widgets/qMRMLWidget.h
    "qMRMLWidget": _members("mrmlScene setMRMLScene mrmlSceneChanged"),
    # Libs/MRML/Widgets/qMRMLNodeComboBox.h
    "qMRMLNodeComboBox": _members(
        """currentNodeID nodeTypes showHidden showChildNodeTypes hideChildNodeTypes baseName noneEnabled addEnabled
        removeEnabled editEnabled renameEnabled selectNodeUponCreation noneDisplay mrmlScene addAttribute
        removeAttribute setNodeTypeLabel nodeTypeLabel nodeCount nodeFromIndex currentNode addMenuAction setMRMLScene
        setCurrentNode setCurrentNodeID setCurrentNodeIndex addNode removeCurrentNode editCurrentNode
        renameCurrentNode currentNodeChanged currentNodeIDChanged nodeActivated nodeAdded nodeAddedByUser
        nodeAboutToBeRemoved nodeAboutToBeEdited"""
    ),
    # Modules/Loadable/Segmentations/Widgets/qMRMLSegmentEditorWidget.h
    "qMRMLSegmentEditorWidget": _members(
        """segmentationNodeSelectorVisible sourceVolumeNodeSelectorVisible autoShowSourceVolumeNode
        switchToSegmentationsButtonVisible undoEnabled maximumNumberOfUndoStates readOnly effectButtonStyle
        effectColumnCount unorderedEffectsVisible mrmlSegmentEditorNode segmentationNode segmentationNodeID
        sourceVolumeNode sourceVolumeNodeID currentSegmentID activeEffect setActiveEffect effectByName
        availableEffectNames setEffectNameOrder effectNameOrder effectCount effectByIndex setupViewObservations
        removeViewObservations setMRMLScene setMRMLSegmentEditorNode updateWidgetFromMRML setSegmentationNode
        setSegmentationNodeID setSourceVolumeNode setSourceVolumeNodeID setCurrentSegmentID setActiveEffectByName
        saveStateForUndo setSegmentationNodeSelectorVisible setSourceVolumeNodeSelectorVisible
        setAutoShowSourceVolumeNode setSwitchToSegmentationsButtonVisible setUndoEnabled
        setMaximumNumberOfUndoStates setReadOnly undo redo"""
    ),
    # Libs/MRML/Widgets/qMRMLSliceWidget.h
    "qMRMLSliceWidget": _members("sliceLogic mrmlSliceNode mrmlSliceCompositeNode sliceView sliceController"),
    # Libs/MRML/Widgets/qMRMLThreeDWidget.h
    "qMRMLThreeDWidget": _members("threeDView threeDController mrmlViewNode viewLogic"),
    # Libs/MRML/Widgets/qMRMLThreeDView.h, CTK Libs/Visualization/VTK/Widgets/ctkVTKRenderView.h
    "qMRMLThreeDView": _members("resetFocalPoint resetCamera rotateToViewAxis forceRender scheduleRender mrmlViewNode"),
    # Libs/MRML/Widgets/qMRMLLayoutManager.h
    "qMRMLLayoutManager": _members(
        """layout threeDViewCount tableViewCount plotViewCount mrmlScene viewWidget sliceWidget sliceViewNames
        threeDWidget tableWidget plotWidget mrmlSliceLogics layoutLogic setLayout resetThreeDViews resetSliceViews
        layoutChanged"""
    ),
    # CTK Libs/Widgets/ctkCollapsibleButton.h (a QAbstractButton: text, checked and their kin are Qt's)
    "ctkCollapsibleButton": _members(
        """collapsed collapsedHeight contentsFrameShape contentsFrameShadow contentsLineWidth contentsMidLineWidth
        buttonTextAlignment indicatorAlignment contentsCollapsed setCollapsed"""
    ),
    # CTK Libs/Widgets/ctkMessageBox.h
    "ctkMessageBox": _members("dontShowAgain dontShowAgainSettingsKey dontShowAgainVisible setDontShowAgain"),
    # CTK Libs/Widgets/ctkSliderWidget.h; setMinimum and setMaximum are no slots there: assign the properties
    "ctkSliderWidget": _members(
        """decimals singleStep pageStep minimum maximum value prefix suffix tickInterval tracking spinBoxVisible
        popupSlider reset setValue setSpinBoxVisible valueChanged valueIsChanging"""
    ),
    # CTK Libs/Widgets/ctkPathLineEdit.h
    "ctkPathLineEdit": _members(
        """label filters currentPath options settingKey showBrowseButton showHistoryButton sizeAdjustPolicy
        minimumContentsLength nameFilters validInputChanged currentPathChanged setCurrentPath browse retrieveHistory
        addCurrentPathToHistory Dirs Files Readable Writable"""
    ),
    # Base/QTGUI/qSlicerApplication.h, Base/QTCore/qSlicerCoreApplication.h, QApplication
    "qSlicerApplication": _members(
        """applicationName applicationVersion revision mrmlScene applicationLogic coreIOManager ioManager
        layoutManager moduleManager settings userSettings revisionUserSettings testingEnabled commandOptions
        mainWindow startupCompleted documentationBaseUrl moduleDocumentationUrl temporaryPath slicerHome processEvents
        setOverrideCursor restoreOverrideCursor translate resumeRender pauseRender setRenderPaused clipboard
        topLevelWidgets styleSheet palette majorVersion minorVersion launcherExecutableFilePath
        slicerSharePath activeWindow aboutToQuit keyboardModifiers restart isInstalled"""
    ),
    # Base/QTCore/qSlicerAbstractModuleFactoryManager.h and qSlicerModuleManager.h
    "qSlicerModuleManager": _members(
        "module isModuleLoaded modulesNames factoryManager moduleLoaded moduleAboutToBeUnloaded moduleUnloaded"
    ),
}


def public_members(cls: type) -> set[str]:
    """Return what a stand-in adds to its Qt base class: its public names, down to the first class of Qt."""
    names: set[str] = set()
    bases: list[type] = []
    for base in cls.__mro__:
        if base.__module__.startswith(("PySide6", "builtins", "Shiboken")):
            bases.append(base)
        else:
            names |= {name for name in vars(base) if not name.startswith("_")}
    # An event handler of Qt that a stand-in overrides is no new member.
    return {name for name in names if not any(hasattr(base, name) for base in bases)} - {"staticMetaObject"}


def restricted(name: str) -> Any:
    """Return a class decorator that refuses a stand-in with members that Slicer's class lacks.

    Args:
        name: The C++ class that the stand-in stands for; ``ALLOWED`` has its members.
    """

    def check(cls: Class) -> Class:
        extra = public_members(cls) - ALLOWED[name]
        for base in cls.__mro__:
            extra -= ALLOWED.get(base.__name__, frozenset())
        if extra:
            msg = f"stand-in of {name} offers {sorted(extra)}, which Slicer's class does not show to Python"
            raise TypeError(msg)
        return cls

    return check
